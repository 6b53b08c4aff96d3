from __future__ import annotations

from pathlib import Path

import numpy as np

from demo.patient_tilt import patient_tilt_ras
from demo.placed_mask import PlacedMask

_FILE = Path(__file__).with_name("hd_bet_colin27.npz")


def hd_bet_brain() -> PlacedMask:
    """What HD-BET found in the head, as make_hd_bet_colin27.py stored it, in the tilted patient."""
    with np.load(_FILE) as stored:
        shape = tuple(stored["shape"])
        bits = np.unpackbits(stored["bits"], count=int(np.prod(shape)))
        affine_ras = patient_tilt_ras() @ stored["affine_ras"]
    return PlacedMask(bits.reshape(shape).astype(bool), affine_ras)
