"""Slices with contours as one picture, for archives that cannot show a SEG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from segrelay_worker.dicom_results.orientation_letters import orientation_letters
from segrelay_worker.dicom_results.scale_bar import draw_scale_bar
from segrelay_worker.series_volume.volume import SeriesVolume

Rgb = tuple[int, int, int]  # 0 to 255

TILES_ACROSS = 3
TILE_PIXELS = 340
EDGE_PIXELS = 22  # around the slice in its tile, for the letters
INSET_PIXELS = 4  # of letters in their tile
LINE_PIXELS = 30
MARGIN_PIXELS = 8
TEXT_PIXELS = 22
LETTER_PIXELS = 18
GREY_PERCENTILES = (1.0, 99.0)
TEXT_RGB = (230, 230, 230)
LETTER_RGB = (150, 200, 255)


@dataclass(frozen=True)
class TextLine:
    """One line above the tiles."""

    text: str
    rgb: Rgb = TEXT_RGB


def draw_montage(
    volume: SeriesVolume,
    mask_szyx: NDArray[np.bool_],
    colours: Sequence[Rgb],
    lines: Sequence[TextLine],
) -> NDArray[np.uint8]:
    """RGB [row, column, 3]: text, then up to nine slices with outlines in these colours."""
    indices = shown_slices(mask_szyx)
    header_pixels = 2 * MARGIN_PIXELS + LINE_PIXELS * len(lines)
    tile_rows = -(-len(indices) // TILES_ACROSS)
    size = (TILES_ACROSS * TILE_PIXELS, header_pixels + tile_rows * TILE_PIXELS)
    picture = Image.new("RGB", size)
    _draw_lines(picture, lines)
    grey = _greyscale(volume.array_zyx[indices])
    for place, index in enumerate(indices):
        down, across = divmod(place, TILES_ACROSS)
        outlined = zip(colours, mask_szyx[:, index], strict=True)
        tile = _tile(volume, grey[place], outlined, index)
        picture.paste(tile, (across * TILE_PIXELS, header_pixels + down * TILE_PIXELS))
    return np.asarray(picture)


def shown_slices(mask_szyx: NDArray[np.bool_]) -> list[int]:
    """Up to nine, evenly spread over the slices with mask; over all where there is none."""
    with_mask = np.flatnonzero(mask_szyx.any(axis=(0, 2, 3)))
    first, last = (with_mask[0], with_mask[-1]) if len(with_mask) else (0, mask_szyx.shape[1] - 1)
    places = np.linspace(first, last, TILES_ACROSS * TILES_ACROSS)
    return sorted({int(place) for place in np.rint(places)})


def _greyscale(slices_zyx: NDArray[np.float32]) -> NDArray[np.uint8]:
    dark, bright = np.percentile(slices_zyx, GREY_PERCENTILES)
    scale = 255.0 / max(float(bright - dark), 1e-6)
    grey: NDArray[np.uint8] = np.clip((slices_zyx - dark) * scale, 0, 255).astype(np.uint8)
    return grey


def _draw_lines(picture: Image.Image, lines: Sequence[TextLine]) -> None:
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(TEXT_PIXELS)
    for number, line in enumerate(lines):
        place = (MARGIN_PIXELS, MARGIN_PIXELS + number * LINE_PIXELS)
        draw.text(place, line.text, fill=line.rgb, font=font)


def _tile(
    volume: SeriesVolume,
    grey_yx: NDArray[np.uint8],
    outlined: Iterable[tuple[Rgb, NDArray[np.bool_]]],
    slice_index: int,
) -> Image.Image:
    size = _size_on_screen(volume)
    image = np.array(
        Image.fromarray(grey_yx).convert("RGB").resize(size, Image.Resampling.BILINEAR)
    )
    for rgb, mask_yx in outlined:
        image[_outline(mask_yx, size)] = rgb
    tile = Image.new("RGB", (TILE_PIXELS, TILE_PIXELS))
    tile.paste(Image.fromarray(image), ((TILE_PIXELS - size[0]) // 2, (TILE_PIXELS - size[1]) // 2))
    _annotate(tile, volume, slice_index)
    return tile


def _size_on_screen(volume: SeriesVolume) -> tuple[int, int]:
    """Width and height of a slice in a tile, true to scale in millimetres."""
    height_mm, width_mm = _slice_mm(volume)
    scale = _pixels_per_mm(volume)
    return max(1, round(width_mm * scale)), max(1, round(height_mm * scale))


def _slice_mm(volume: SeriesVolume) -> tuple[float, float]:
    _, rows, columns = volume.array_zyx.shape
    _, between_rows_mm, between_columns_mm = volume.spacing_zyx_mm
    return rows * between_rows_mm, columns * between_columns_mm


def _pixels_per_mm(volume: SeriesVolume) -> float:
    return (TILE_PIXELS - 2 * EDGE_PIXELS) / max(_slice_mm(volume))


def _outline(mask_yx: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    """The rim of the enlarged mask, inside it, two pixels wide."""
    large: NDArray[np.bool_] = np.asarray(
        Image.fromarray(mask_yx).resize(size, Image.Resampling.NEAREST)
    )
    inside = np.pad(large, 2)
    core = inside[:-4, 2:-2] & inside[4:, 2:-2] & inside[2:-2, :-4] & inside[2:-2, 4:]
    rim: NDArray[np.bool_] = large & ~core
    return rim


def _annotate(tile: Image.Image, volume: SeriesVolume, slice_index: int) -> None:
    """The letter at each edge says which part of the patient lies there."""
    draw = ImageDraw.Draw(tile)
    font = ImageFont.load_default(LETTER_PIXELS)
    down, right = volume.affine_zyx_to_lps[:3, 1], volume.affine_zyx_to_lps[:3, 2]
    middle, near, far = TILE_PIXELS // 2, INSET_PIXELS, TILE_PIXELS - INSET_PIXELS
    for place, anchor, direction in (
        ((near, middle), "lm", -right),
        ((far, middle), "rm", right),
        ((middle, near), "mt", -down),
        ((middle, far), "mb", down),
    ):
        text = orientation_letters(direction)
        draw.text(place, text, fill=LETTER_RGB, font=font, anchor=anchor)
    number = f"{slice_index + 1}/{len(volume.datasets)}"
    draw.text((near, far), number, fill=TEXT_RGB, font=font, anchor="lb")
    draw_scale_bar(draw, pixels_per_mm=_pixels_per_mm(volume), right=far, bottom=far)
