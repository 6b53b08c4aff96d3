"""A hospital's own PythonScript that is called for each image; Orthanc runs it."""

from typing import Any

import orthanc
import segrelay  # noqa: F401 - ours, beside which it runs


def note_image(_image: Any, _image_id: str) -> None:
    pass


def store(output: Any, _path: str, **call: Any) -> None:
    """As our route of results does it."""
    orthanc.RestApiPost("/instances", call["body"])
    output.AnswerBuffer("stored", "text/plain")


orthanc.RegisterOnStoredInstanceCallback(note_image)
orthanc.RegisterRestCallback("/hospital/store", store)
