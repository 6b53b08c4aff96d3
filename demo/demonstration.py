from typing import Final

from demo.errors import WrongResultError
from demo.following import follow
from demo.plan import Plan
from demo.preparation import Head, prepared_head, prepared_model
from demo.result_line import ResultLine, result_line, seconds_by_stage, stored_seg
from demo.settings import Settings
from demo.steps import Steps
from demo.stored_result import compared_with_reference, fetched_seg
from demo.system import System
from demo.verdict import request_problem, result_problem
from segrelay_contract.requests import RequestView

STEPS: Final = 8
_TAGGING_SECONDS: Final = 120
_NO_REFERENCE: Final = (
    "MODEL_PATH names your own model, so there is no reference to compare its result with."
)


class Demonstration:
    """A real head MRI goes in, a checked segmentation comes out; `run` is the whole way.

    Every method raises DemoError when its step fails.
    """

    def __init__(self, plan: Plan, settings: Settings, system: System, steps: Steps) -> None:
        self._plan = plan
        self._settings = settings
        self._system = system
        self._steps = steps

    def run(self) -> ResultLine:
        """Go through all steps and tell each; what is wrong with a result stands in it."""
        head = self._prepare_head()
        self._start()
        series_id = self._send(head)
        view = self._press(series_id)
        problem = request_problem(view)
        if problem is not None:
            return result_line(view, url=self._plan.page_url, error=problem)
        self._tell(view)
        return self._check(view, head)

    def _prepare_head(self) -> Head:
        head = prepared_head(self._plan.folder)
        self._steps.done(f"The head MRI is ready: {len(head.files)} tilted slices in no order")
        return head

    def _start(self) -> None:
        choice = prepared_model(self._settings)
        self._steps.done(f"The model is ready: {choice.model_path}")
        self._system.start_orthanc()
        orthanc, plugin = self._system.orthanc.versions()
        self._steps.done(
            f"Orthanc {orthanc} with the Segrelay plugin {plugin} "
            f"answers at {self._plan.orthanc_url}"
        )
        self._system.start_django()
        self._steps.done(f"The queue (Django on SQLite) answers at {self._plan.django_url}")
        model = self._system.start_worker(choice)
        self._steps.done(f"The worker has loaded its model: {model}")

    def _send(self, head: Head) -> str:
        orthanc = self._system.orthanc
        series_id = orthanc.send(head.files)
        tags = self._system.stack.until(
            lambda: orthanc.tags(series_id),
            what="The tagging of the series by the plugin",
            seconds=_TAGGING_SECONDS,
        )
        self._steps.done(f"Orthanc holds the series; the plugin tagged it {tags.described}")
        self._steps.note(orthanc.explorer_page("series", series_id))
        return series_id

    def _press(self, series_id: str) -> RequestView:
        pressed = self._system.orthanc.press(series_id)
        self._steps.done(f"“AI analysis” is pressed in Orthanc: request {pressed.request_id}")
        return follow(
            pressed.request_id,
            queue=self._system.queue,
            stack=self._system.stack,
            steps=self._steps,
        )

    def _tell(self, view: RequestView) -> None:
        for segment in view.result.segments if view.result else ():
            self._steps.note(f"{view.outcome}: {segment.label}, {segment.volume_ml:.1f} ml")
        seconds = seconds_by_stage(view) or {}
        self._steps.note("seconds: " + ", ".join(f"{seconds[name]:.1f} {name}" for name in seconds))
        seg = stored_seg(view.result)
        if seg is not None:
            self._steps.note(self._system.orthanc.explorer_page("instance", seg.orthanc_id))

    def _check(self, view: RequestView, head: Head) -> ResultLine:
        """The stored object is fetched and looked at whatever model made it."""
        folder, url = self._plan.folder, self._plan.page_url
        seg = stored_seg(view.result)
        file = fetched_seg(seg, self._system.orthanc, folder) if seg else None
        if self._settings.own_model is not None:
            self._steps.done(_NO_REFERENCE)
            return result_line(view, url=url, note=_NO_REFERENCE)
        if file is None:
            raise WrongResultError("The model found no brain in the demo's head.")
        comparison = compared_with_reference(file, head, folder)
        self._steps.done(
            "Orthanc's segmentation against deepbet's own command on the original head: "
            f"Dice {comparison.dice:.6f}, {comparison.voxels_different} voxels differ"
        )
        error = result_problem(view, comparison)
        return result_line(view, url=url, comparison=comparison, error=error)
