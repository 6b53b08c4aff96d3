from typing import Final

from demo.django_program import django_program, migration_program
from demo.http_caller import HttpCaller
from demo.orthanc import Orthanc
from demo.orthanc_program import ADMIN, orthanc_program
from demo.plan import Plan
from demo.request_queue import RequestQueue
from demo.settings import Settings
from demo.stack import Stack
from demo.worker_program import WorkerChoice, loaded_model, worker_program

_START_SECONDS: Final = 120  # a slow disk, read for the first time
_MODEL_SECONDS: Final = 600  # a large model of somebody's own


class System:
    """Orthanc, queue and worker of one run; each start waits until the program can be used.

    Every method raises DemoError when a program is missing, ends by itself, or takes too long.
    """

    def __init__(self, plan: Plan, settings: Settings, stack: Stack) -> None:
        self.stack = stack
        self.orthanc = Orthanc(HttpCaller(plan.orthanc_url, auth=(ADMIN, plan.admin_password)))
        self.queue = RequestQueue(HttpCaller(plan.django_url))
        self._plan = plan
        self._handed_on = settings.handed_on

    def start_orthanc(self) -> None:
        """Orthanc with the plugin."""
        self.stack.start(orthanc_program(self._plan, self._handed_on))
        self.stack.until_true(
            lambda: self.orthanc.is_up, what="An answer of Orthanc", seconds=_START_SECONDS
        )

    def start_django(self) -> None:
        """The queue, with its tables and a way to Orthanc."""
        self.stack.run(migration_program(self._plan, self._handed_on))
        self.stack.start(django_program(self._plan, self._handed_on))
        self.stack.until_true(
            lambda: self.queue.is_up, what="An answer of Django", seconds=_START_SECONDS
        )

    def start_worker(self, choice: WorkerChoice) -> str:
        """The worker; gives what it says of the model that it has loaded."""
        program = worker_program(self._plan, choice, self._handed_on)
        self.stack.start(program)
        return self.stack.until(
            lambda: loaded_model(program.log),
            what="The loading of the worker's model",
            seconds=_MODEL_SECONDS,
        )
