"""Senders that do not give up: an image counts once Orthanc has said that it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import requests
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.sending import SendBy
from pydicom import Dataset

NOT_ACKNOWLEDGED = (ConnectionError, requests.RequestException)


def send_until_acknowledged(send: SendBy, orthanc: OrthancServer, images: Sequence[Dataset]) -> str:
    """Sends each image until it is stored, through as many ends of Orthanc as may come."""
    for image in images:
        series_id = until(partial(_sent, send, orthanc, image), what="an image is acknowledged")
    return series_id


def _sent(send: SendBy, orthanc: OrthancServer, image: Dataset) -> str:
    try:
        return send(orthanc, [image])
    except NOT_ACKNOWLEDGED:
        return ""
