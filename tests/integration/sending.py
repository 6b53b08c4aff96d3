"""How images come into Orthanc: by HTTP, or by C-STORE as scanners send them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from builders.minimal_mr import upload
from integration.orthanc_server import OrthancServer
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association

SendBy = Callable[[OrthancServer, Sequence[Dataset]], str]

SUCCESS = 0x0000  # PS3.7, C.1.1


def send_by_rest(orthanc: OrthancServer, images: Sequence[Dataset]) -> str:
    """Stores one series; gives Orthanc's id of it."""
    [series_id] = upload(images, url=orthanc.url, auth=orthanc.admin)
    return series_id


def send_by_c_store(orthanc: OrthancServer, images: Sequence[Dataset]) -> str:
    """The same by PS3.4, B. Raises ConnectionError if an image was not stored."""
    c_store(images, port=orthanc.dicom_port)
    uid = images[0].SeriesInstanceUID
    [found] = orthanc.call("POST", "/tools/lookup", data=uid).json()
    return str(found["ID"])


BOTH_WAYS = pytest.mark.parametrize(
    "send_by",
    [pytest.param(send_by_rest, id="REST"), pytest.param(send_by_c_store, id="C-STORE")],
)


def c_store(images: Sequence[Dataset], *, port: int) -> None:
    """Stores the images over one association; the first that is not stored is the last."""
    association = _associated({str(image.SOPClassUID) for image in images}, port)
    try:
        for image in images:
            status = association.send_c_store(image)
            if status.get("Status") != SUCCESS:
                raise ConnectionError(f"an image was not stored: {status or 'no answer'}")
    finally:
        association.release()


def _associated(sop_class_uids: set[str], port: int) -> Association:
    entity = AE(ae_title="SCANNER")
    for uid in sorted(sop_class_uids):
        entity.add_requested_context(uid, ExplicitVRLittleEndian)
    association = entity.associate("127.0.0.1", port, ae_title="ORTHANC")
    if not association.is_established:
        raise ConnectionError("no association")
    return association
