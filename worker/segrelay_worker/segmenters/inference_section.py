from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from segrelay_worker.segmenters.section import Section

Precision = Literal["reference", "exact", "fast"]


class InferenceSection(Section):
    """How far a mask may differ from the one that plain torch finds in 32 bits.

    "reference": not at all, it is computed so. "exact": in 32 bits, Dice 0.999 or more. "fast":
    in 16 bits too, 0.995 or more. What is fastest is tried when the model is loaded, on a phantom
    or on `check_input`: a file of numpy beside model.toml, [role, x, y, z], as the network sees it.
    """

    precision: Precision = "reference"
    check_input: Annotated[str, Field(pattern=r"^[^/\\]+\.npy$")] | None = None
