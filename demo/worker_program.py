import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.plan import ROOT, Plan
from demo.programs import Program

_READY = re.compile(r"\(model ready\) (?P<model>.+)")


@dataclass(frozen=True)
class WorkerChoice:
    """How the worker is to run its model.

    Attributes:
        model_path: As the worker's MODEL_PATH.
        device: As the worker's DEVICE.
        threshold: As the worker's THRESHOLD; None leaves it to the model package.
    """

    model_path: str
    device: str
    threshold: float | None


def worker_program(plan: Plan, choice: WorkerChoice, handed_on: Mapping[str, str]) -> Program:
    """The worker as a lab starts it."""
    threshold = {} if choice.threshold is None else {"THRESHOLD": str(choice.threshold)}
    return Program(
        name="The worker",
        command=(sys.executable, str(ROOT / "worker" / "local_inference_worker.py")),
        environment={
            **handed_on,
            **threshold,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "DJANGO_API_URL": f"{plan.django_url}/api/mri",
            "WORKER_TOKEN": plan.worker_token,
            "ORTHANC_URL": plan.orthanc_url,
            "ORTHANC_USER": "worker",
            "ORTHANC_PASSWORD": plan.worker_password,
            "MODEL_PATH": choice.model_path,
            "DEVICE": choice.device,
            "POLL_INTERVAL": "1",
            "WORKER_NAME": "demo",
            "SPOOL_DIR": str(plan.folder / "spool"),
            "LOG_LEVEL": "INFO",
        },
        log=plan.folder / "worker.log",
    )


def loaded_model(log: Path) -> str | None:
    """Which model the worker says that it has loaded; None as long as it says nothing.

    Read from the log: the worker offers nothing to call.
    """
    found = _READY.search(log.read_text(encoding="utf-8", errors="replace"))
    return found["model"] if found else None
