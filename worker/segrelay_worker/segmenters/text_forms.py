"""Forms that texts in model.toml must have, and what a person is told of each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# ASCII fits every character set of DICOM; a backslash parts values there.
PRINTABLE: Final = r"^[ -\[\]-~]+$"
FILE_NAME: Final = r"^[^/\\]+$"
ROLE: Final = r"^[a-z0-9_-]{1,32}$"
MODEL_NAME: Final = r"^[A-Za-z0-9._-]{1,40}$"
MODEL_VERSION: Final = r"^[A-Za-z0-9._+-]{1,20}$"
MONAI_TRANSFORM: Final = r"^monai\.transforms:[A-Za-z]+$"
_SHA256: Final = r"^[0-9a-f]{64}$"  # of the contract

WORDS: Mapping[str, str] = MappingProxyType(
    {
        PRINTABLE: "ASCII text without a backslash",
        FILE_NAME: "the name of a file in this folder",
        ROLE: "at most 32 small letters, digits, - and _",
        MODEL_NAME: "at most 40 letters, digits, dots, - and _",
        MODEL_VERSION: "at most 20 letters, digits, dots, +, - and _",
        MONAI_TRANSFORM: "a name such as 'monai.transforms:NormalizeIntensity'",
        _SHA256: "64 hexadecimal digits in small letters",
    }
)
