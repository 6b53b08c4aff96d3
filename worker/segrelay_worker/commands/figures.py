from __future__ import annotations

from collections.abc import Sequence

from segrelay_contract.results import SegmentFigures


def figure_lines(segments: Sequence[SegmentFigures]) -> list[str]:
    """What was found, for people."""
    if not any(segment.voxel_count for segment in segments):
        return ["✅ 아무것도 찾지 못함 (nothing was found)"]
    return ["✅ 분할 완료 (segmented)"] + [
        f"  {segment.number} {segment.label}: "
        f"{segment.volume_ml:.2f} ml, {segment.voxel_count} voxels"
        for segment in segments
    ]
