"""What `make demo` runs; ONCE=1 stops after the check and ends with one line of JSON."""

import os
import signal
import sys
import traceback
from pathlib import Path

from demo.demonstration import STEPS, Demonstration
from demo.errors import DemoError, WrongSettingError
from demo.orthanc_program import ADMIN
from demo.plan import CACHE, Plan
from demo.ports import ReservedPorts
from demo.result_line import ResultLine
from demo.run_folder import run_folder
from demo.settings import Settings, read_settings
from demo.stack import Stack
from demo.steps import Steps
from demo.system import System

_PREFERRED_ORTHANC_PORT, _PREFERRED_DJANGO_PORT = 18042, 18000  # 8042 may be Orthanc's own service
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
GOOD, BAD, WRONG_SETTING = 0, 1, 2  # exit statuses


def main() -> int:
    """Run the demo; gives the exit status."""
    for number in _SIGNALS:
        signal.signal(number, signal.default_int_handler)  # both raise KeyboardInterrupt
    try:
        settings = read_settings(os.environ)
    except WrongSettingError as error:
        print(error, file=sys.stderr)
        return WRONG_SETTING
    line = result(settings)
    if settings.once:
        print(line.as_json(), flush=True)
    return GOOD if line.error is None else BAD


def result(settings: Settings) -> ResultLine:
    """Run the demo in a folder of its own; whatever happens, there is a line to tell it."""
    try:
        with run_folder(CACHE) as folder:
            line = outcome(settings, folder)
    except Exception as error:  # noqa: BLE001 - whoever waits for the line must not wait in vain
        traceback.print_exc()
        return ResultLine(
            status="failed",
            error=f"The demo made a mistake ({type(error).__name__}: {error}). Please report it.",
        )
    if line.error is not None:
        print(f"{line.error}\nThe logs are in {folder}", file=sys.stderr, flush=True)
    return line


def outcome(settings: Settings, folder: Path) -> ResultLine:
    """Go through the demo; whatever happens, no program is left running."""
    with ReservedPorts() as ports, Stack() as stack:
        try:
            return demonstrated(settings, folder, ports, stack)
        except DemoError as error:
            return ResultLine(status="failed", error=str(error))
        except KeyboardInterrupt:
            return ResultLine(status="interrupted", error="Stopped before the result was checked.")
        finally:
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C would leave programs behind


def demonstrated(
    settings: Settings, folder: Path, ports: ReservedPorts, stack: Stack
) -> ResultLine:
    """Go through all steps, and stay up unless the settings say to stop. Raises DemoError."""
    plan = Plan(
        folder=folder,
        orthanc_port=ports.reserve(_PREFERRED_ORTHANC_PORT),
        django_port=ports.reserve(_PREFERRED_DJANGO_PORT),
    )
    system = System(plan, settings, stack)
    line = Demonstration(plan, settings, system, Steps(STEPS)).run()
    if not settings.once and line.error is None:
        stay_up(plan, stack)
    return line


def stay_up(plan: Plan, stack: Stack) -> None:
    """Stay until somebody stops the demo. Raises ProgramEndedError if a program ends by itself."""
    try:
        print(
            f"\nThe page:           {plan.page_url}\n"
            f"Orthanc Explorer:   {plan.orthanc_url}/ "
            f"(user {ADMIN}, password {plan.admin_password})\n"
            f"Logs:               {plan.folder}\n"
            "Ctrl-C stops everything.",
            flush=True,
        )
        stack.keep_up()
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
