"""How the inference process tells by its end what it cannot say any more."""

from typing import Final

DEVICE_LOST: Final = 4
