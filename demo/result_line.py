"""The one line of JSON that a script reads after `make demo ONCE=1`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from demo.comparison import Comparison
from segrelay_contract.requests import RequestView
from segrelay_contract.results import SegmentationResult, StoredObject

_ONLY_IF_ANY = ("note", "error")


@dataclass(frozen=True)
class ResultLine:
    """What came out.

    Attributes:
        status: The request's, or `failed` or `interrupted` if the demo did not get that far.
        outcome: `segmented` or `nothing_found`.
        volume_ml: Of all segments, as the worker reported it.
        dice_vs_reference: Dice of the stored segmentation with the independent reference.
        voxels_different: Voxels that belong to one of the two only.
        seconds: By stage; `waiting` until a worker took the request, `total` until its end.
        seg_sop_instance_uid: Of the stored segmentation.
        url: Of the page.
        note: What was left out, and why.
        error: What is wrong; None if all that was checked is right.
    """

    status: str
    outcome: str | None = None
    volume_ml: float | None = None
    dice_vs_reference: float | None = None
    voxels_different: int | None = None
    seconds: Mapping[str, float] | None = None
    seg_sop_instance_uid: str | None = None
    url: str | None = None
    note: str | None = None
    error: str | None = None

    def as_json(self) -> str:
        """One line; `note` and `error` stand in it only if there is any."""
        entries = asdict(self)
        return json.dumps(
            {
                name: value
                for name, value in entries.items()
                if value is not None or name not in _ONLY_IF_ANY
            }
        )


def result_line(
    view: RequestView,
    *,
    url: str,
    comparison: Comparison | None = None,
    note: str | None = None,
    error: str | None = None,
) -> ResultLine:
    """The figures of a request that has ended."""
    seg = stored_seg(view.result)
    return ResultLine(
        status=view.status,
        outcome=view.outcome,
        volume_ml=round(total_volume_ml(view.result), 3) if view.result else None,
        dice_vs_reference=comparison.dice if comparison else None,
        voxels_different=comparison.voxels_different if comparison else None,
        seconds=seconds_by_stage(view),
        seg_sop_instance_uid=seg.sop_instance_uid if seg else None,
        url=url,
        note=note,
        error=error,
    )


def stored_seg(result: SegmentationResult | None) -> StoredObject | None:
    """The stored segmentation, if there is one."""
    objects = result.objects if result else ()
    return next((stored for stored in objects if stored.kind == "SEG"), None)


def total_volume_ml(result: SegmentationResult) -> float:
    """Of all segments together."""
    return sum(segment.volume_ml for segment in result.segments)


def seconds_by_stage(view: RequestView) -> Mapping[str, float] | None:
    """From the press to the end; None for a request that did not get through every stage."""
    if view.result is None or view.started_at is None or view.finished_at is None:
        return None
    seconds = {
        "waiting": (view.started_at - view.created_at).total_seconds(),
        **view.result.seconds.model_dump(),
        "total": (view.finished_at - view.created_at).total_seconds(),
    }
    return {stage: round(value, 3) for stage, value in seconds.items()}
