"""What must hold of every completed request, whichever Orthanc holds its result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import requests
import torch
from builders.mr_series import SeriesPlan, build_series
from builders.network_package import write_torchscript_package
from integration.dicom_judges import dcentvfy_complaints, dciodvfy_errors
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.sending import send_by_c_store
from integration.stored_results import (
    instances_of_kind,
    mask_digest,
    mask_read_back,
    saved,
)
from integration.system import System
from integration.unique_series import unique

from segrelay_contract.requests import RequestView, SegmentAnswer
from segrelay_contract.status import Outcome, RequestStatus


class Bright(torch.nn.Module):
    """A network that can be followed by hand: probability 1 above a fixed intensity."""

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        return (volume > 500.0).float()


def check_press_in_orthanc(system: System, *, scratch: Path) -> None:
    """A series arrives, the plugin tags it, the button in Orthanc is pressed, a SEG is stored."""
    plan = unique()
    series_id = send_by_c_store(system.archive, build_series(plan))
    until(lambda: is_candidate(system.archive, series_id), what="the plugin tags the series")
    weights = write_torchscript_package(scratch / "model", Bright())
    with system.shipped_worker(weights), system.django.api() as api:
        answer = plugin_call(system.archive, "POST", f"series/{series_id}/segment")
        assert answer.status_code == 202, answer.text
        pressed = SegmentAnswer.model_validate(answer.json())
        view = api.wait_for_end(pressed.request_id)
    check_segmented(view, archive=system.archive, plan=plan, scratch=scratch / "stored")
    health = plugin_call(system.archive, "GET", "health").json()
    assert (health["success"], health["outbox"]) == (True, 0)


def is_candidate(archive: OrthancServer, series_id: str) -> bool:
    """Whether the plugin has tagged the series."""
    return bool(plugin_call(archive, "GET", f"series/{series_id}").json()["candidate"])


def plugin_call(archive: OrthancServer, method: str, path: str) -> requests.Response:
    """A call of the plugin's own routes, as the administrator."""
    url = f"{archive.url}/segrelay/{path}"
    return requests.request(method, url, auth=archive.admin, timeout=30)


def check_segmented(
    view: RequestView, *, archive: OrthancServer, plan: SeriesPlan, scratch: Path
) -> None:
    """The result is stored once, is right voxel by voxel, and no judge finds fault with it."""
    assert (view.status, view.outcome) == (RequestStatus.COMPLETED, Outcome.SEGMENTED)
    [seg_id] = instances_of_kind(archive, view.study_id, "SEG")
    assert view.seg_instance_id == seg_id
    results = saved(archive, [stored_object_id(view, kind) for kind in ("SEG", "SC")], scratch)
    sources = saved(archive, instances_of_kind(archive, view.study_id, "MR"), scratch)
    _check_mask(view, seg=results[0], plan=plan)
    assert [line for file in results for line in dciodvfy_errors(file)] == []
    assert dcentvfy_complaints([*sources, *results]) == []


def stored_object_id(view: RequestView, kind: str) -> str:
    """Orthanc's id of the one object of a kind that the request reports."""
    assert view.result is not None
    [stored] = [stored for stored in view.result.objects if stored.kind == kind]
    return stored.orthanc_id


def _check_mask(view: RequestView, *, seg: Path, plan: SeriesPlan) -> None:
    assert view.result is not None
    mask_zyx = mask_read_back(seg, plan)
    assert int((mask_zyx != plan.truth_zyx).sum()) == 0
    assert mask_digest(mask_zyx) == view.result.mask_sha256
    [segment] = view.result.segments
    voxel_ml = float(np.prod(plan.spacing_zyx_mm)) / 1000
    assert segment.voxel_count == int(mask_zyx.sum()) > 0
    assert abs(segment.volume_ml - segment.voxel_count * voxel_ml) < 1e-6
