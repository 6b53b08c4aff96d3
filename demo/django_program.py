import sys
from collections.abc import Mapping
from urllib.parse import quote

from demo.plan import ROOT, Plan
from demo.programs import Program

_DJANGO = ROOT / "django_api"


def migration_program(plan: Plan, handed_on: Mapping[str, str]) -> Program:
    """Makes the queue's tables; ends by itself."""
    command = (sys.executable, str(_DJANGO / "manage.py"), "migrate", "--verbosity", "0")
    return _program("Django's migrate", command, plan, handed_on)


def django_program(plan: Plan, handed_on: Mapping[str, str]) -> Program:
    """The queue on SQLite, open to this machine without a token."""
    command = (
        *(sys.executable, "-m", "uvicorn", "segrelay_api.asgi:application"),
        *("--app-dir", str(_DJANGO)),
        *("--host", "127.0.0.1", "--port", str(plan.django_port)),
        # A browser that is still open must not hold the demo up.
        *("--timeout-graceful-shutdown", "3"),
    )
    return _program("Django", command, plan, handed_on)


def _program(
    name: str, command: tuple[str, ...], plan: Plan, handed_on: Mapping[str, str]
) -> Program:
    return Program(
        name=name,
        command=command,
        environment={
            **handed_on,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "DJANGO_SECRET_KEY": plan.django_secret_key,
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "DATABASE_URL": f"sqlite:///{quote(str(plan.folder / 'queue.sqlite3'))}",
            "ORTHANC_URL": plan.orthanc_url,
            "ORTHANC_USER": "django",
            "ORTHANC_PASSWORD": plan.django_password,
            "WORKER_TOKENS": f"demo={plan.worker_token}",
            "PLUGIN_TOKEN": plan.plugin_token,
            "TICKET_SECRET": plan.ticket_secret,
            "OPEN_TO_LOOPBACK": "true",
        },
        log=plan.folder / "django.log",
    )
