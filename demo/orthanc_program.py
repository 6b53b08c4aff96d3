import json
import shutil
from collections.abc import Mapping

from demo.errors import ProgramMissingError
from demo.orthanc_configuration import demo_configuration
from demo.plan import ROOT, Plan
from demo.programs import Program

ADMIN = "orthanc"
# Orthanc's embedded Python looks for its library by way of PATH; an activated venv or another
# Python there must not lend it theirs. Debian puts Orthanc itself into /usr/sbin.
_SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def orthanc_program(plan: Plan, handed_on: Mapping[str, str]) -> Program:
    """A real Orthanc with the plugin and the shipped configuration.

    Raises:
        ProgramMissingError: Orthanc or its Python plugin is not installed.
    """
    configuration = plan.folder / "orthanc.json"
    configuration.write_text(
        json.dumps(demo_configuration(http_port=plan.orthanc_port)), encoding="utf-8"
    )
    return Program(
        name="Orthanc",
        command=(installed_orthanc(), str(configuration)),
        environment={
            **handed_on,
            "PATH": _SYSTEM_PATH,
            "LANG": "C.UTF-8",
            "ORTHANC_STORAGE": str(plan.folder / "orthanc"),
            "ORTHANC_ADMIN_PASSWORD": plan.admin_password,
            "ORTHANC_DJANGO_PASSWORD": plan.django_password,
            "ORTHANC_WORKER_PASSWORD": plan.worker_password,
            "SEGRELAY_PLUGIN_FOLDER": str(ROOT / "orthanc_plugin"),
            "SEGRELAY_DJANGO_URL": f"{plan.django_url}/api/mri/segmentation/",
            "SEGRELAY_PLUGIN_TOKEN": plan.plugin_token,
            "SEGRELAY_TICKET_SECRET": plan.ticket_secret,
        },
        log=plan.folder / "orthanc.log",
    )


def installed_orthanc() -> str:
    """Path of the program."""
    program = shutil.which("Orthanc", path=_SYSTEM_PATH)
    if program is None:
        raise ProgramMissingError(
            "Orthanc is not installed. Run `make setup-demo`, or install the Debian package "
            "orthanc."
        )
    return program
