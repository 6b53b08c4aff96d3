"""How long something in a picture is in the patient."""

from __future__ import annotations

import math

from PIL import ImageDraw, ImageFont

LONGEST_PIXELS = 90
TICK_PIXELS = 4
TEXT_PIXELS = 14
BAR_RGB = (230, 230, 230)
_ROUND_LENGTHS = (0.5, 1.0, 2.0, 5.0)  # times a power of ten, whose logarithm is rounded


def round_length_mm(longest_mm: float) -> float:
    """The longest of 1, 2, 5, 10, 20, 50… that is no longer."""
    power = 10.0 ** math.floor(math.log10(longest_mm))
    return max(power * length for length in _ROUND_LENGTHS if power * length <= longest_mm)


def draw_scale_bar(
    draw: ImageDraw.ImageDraw, *, pixels_per_mm: float, right: int, bottom: int
) -> None:
    """A bar with its length in mm beside it, up to a corner at the right and bottom."""
    length_mm = round_length_mm(LONGEST_PIXELS / pixels_per_mm)
    text = f"{length_mm:g} mm"
    font = ImageFont.load_default(TEXT_PIXELS)
    draw.text((right, bottom), text, fill=BAR_RGB, font=font, anchor="rb")
    end = right - math.ceil(draw.textlength(text, font=font)) - TICK_PIXELS
    start = end - round(length_mm * pixels_per_mm)
    middle = bottom - TEXT_PIXELS // 2
    draw.line([(start, middle), (end, middle)], fill=BAR_RGB, width=2)
    for x in (start, end):
        draw.line([(x, middle - TICK_PIXELS), (x, middle + TICK_PIXELS)], fill=BAR_RGB, width=2)
