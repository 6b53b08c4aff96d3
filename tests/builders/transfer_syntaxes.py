"""One image in each transfer syntax that archives hold, packed by programs that are not ours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

WritePacked = Callable[[Dataset, Path], None]


def _as_is(syntax: UID, image: Dataset, path: Path) -> None:
    image.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        image.PixelData = np.frombuffer(image.PixelData, "<u2").astype(">u2").tobytes()
        image["PixelData"].VR = "OW"
    image.save_as(path, enforce_file_format=True)


def _by_openjpeg(syntax: UID, image: Dataset, path: Path) -> None:
    image.compress(JPEG2000Lossless, generate_instance_uid=False, encoding_plugin="pylibjpeg")
    image.file_meta.TransferSyntaxUID = syntax
    image.save_as(path, enforce_file_format=True)


def _by_dcmtk(program: str, option: str, image: Dataset, path: Path) -> None:
    plain = path.with_suffix(".plain")
    image.save_as(plain, enforce_file_format=True)
    options = [option] if option else []
    subprocess.run([program, *options, str(plain), str(path)], check=True)
    plain.unlink()


def _by_openjph(syntax: UID, order: str, image: Dataset, path: Path) -> None:
    raw, packed = path.with_suffix(".yuv"), path.with_suffix(".j2c")
    raw.write_bytes(image.PixelData)
    options = {
        "-i": str(raw),
        "-o": str(packed),
        "-reversible": "true",
        "-prog_order": order,
        "-num_comps": "1",
        "-dims": f"{{{image.Columns},{image.Rows}}}",
        "-downsamp": "{1,1}",
        "-signed": "false",
        "-bit_depth": str(image.BitsStored),
    }
    subprocess.run(
        ["ojph_compress", *chain.from_iterable(options.items())],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    image.file_meta.TransferSyntaxUID = syntax
    image.PixelData = encapsulate([packed.read_bytes()])
    image["PixelData"].VR = "OB"
    image.save_as(path, enforce_file_format=True)
    raw.unlink()
    packed.unlink()


@dataclass(frozen=True)
class Packing:
    """How a file is written, and by how much a value may differ afterwards."""

    write: WritePacked
    tolerance: float = 0.0
    signed_too: bool = True  # whether the program packs negative values


PACKINGS: Mapping[UID, Packing] = {
    ImplicitVRLittleEndian: Packing(partial(_as_is, ImplicitVRLittleEndian)),
    ExplicitVRLittleEndian: Packing(partial(_as_is, ExplicitVRLittleEndian)),
    ExplicitVRBigEndian: Packing(partial(_as_is, ExplicitVRBigEndian)),
    DeflatedExplicitVRLittleEndian: Packing(partial(_as_is, DeflatedExplicitVRLittleEndian)),
    RLELossless: Packing(partial(_by_dcmtk, "dcmcrle", "")),
    JPEGLossless: Packing(partial(_by_dcmtk, "dcmcjpeg", "+el")),
    JPEGLosslessSV1: Packing(partial(_by_dcmtk, "dcmcjpeg", "+e1")),
    JPEGLSLossless: Packing(partial(_by_dcmtk, "dcmcjpls", "+el")),
    JPEGLSNearLossless: Packing(partial(_by_dcmtk, "dcmcjpls", "+en"), 2.0, signed_too=False),
    JPEG2000Lossless: Packing(partial(_by_openjpeg, JPEG2000Lossless)),
    HTJ2KLossless: Packing(partial(_by_openjph, HTJ2KLossless, "LRCP"), signed_too=False),
    HTJ2KLosslessRPCL: Packing(partial(_by_openjph, HTJ2KLosslessRPCL, "RPCL"), signed_too=False),
    # What may lose something need not.
    JPEG2000: Packing(partial(_by_openjpeg, JPEG2000)),
    HTJ2K: Packing(partial(_by_openjph, HTJ2K, "LRCP"), signed_too=False),
}
