"""A completion whose result has a picture, unlike the plain one."""

from __future__ import annotations

from builders.queue_payloads import success_body

from segrelay_contract.results import StoredObject, SuccessBody

PICTURE_INSTANCE = "picture-instance"  # Orthanc's id of it


def success_with_picture(token: str) -> SuccessBody:
    picture = StoredObject(
        kind="SC",
        sop_instance_uid="2.25.3",
        series_instance_uid="2.25.4",
        orthanc_id=PICTURE_INSTANCE,
        orthanc_series_id="picture-series",
    )
    body = success_body(token)
    result = body.result.model_copy(update={"objects": (*body.result.objects, picture)})
    return body.model_copy(update={"result": result})
