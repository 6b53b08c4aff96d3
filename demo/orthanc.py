from dataclasses import dataclass
from pathlib import Path

from demo.http_caller import HttpCaller
from segrelay_contract.requests import SegmentAnswer


@dataclass(frozen=True)
class Tags:
    """What the plugin made of a series."""

    role: str | None
    rule: str

    @property
    def described(self) -> str:
        """In a few words."""
        return f"as {self.role} by the rule “{self.rule}”" if self.role else f"by “{self.rule}”"


class Orthanc:
    """What the demo asks of Orthanc and of the plugin in it; raises CallFailedError."""

    def __init__(self, caller: HttpCaller) -> None:
        self._caller = caller

    @property
    def is_up(self) -> bool:
        """Whether Orthanc with the plugin answers."""
        return self._caller.answers("/segrelay/health")

    def versions(self) -> tuple[str, str]:
        """Orthanc's own, and the plugin's."""
        health = self._caller.get("/segrelay/health").json()
        return health["orthanc_version"], health["plugin_version"]

    def send(self, files: list[Path]) -> str:
        """Store the images of one series; gives Orthanc's id of the series."""
        answers = [
            self._caller.post("/instances", file.read_bytes(), "application/dicom").json()
            for file in files
        ]
        return str(answers[0]["ParentSeries"])

    def tags(self, series_id: str) -> Tags | None:
        """The plugin's tags, or None as long as there are none."""
        report = self._caller.get(f"/segrelay/series/{series_id}").json()
        return Tags(report["role"], report["rule"]) if report["candidate"] else None

    def press(self, series_id: str) -> SegmentAnswer:
        """Press "AI analysis" in Orthanc, which asks the queue."""
        response = self._caller.post(
            f"/segrelay/series/{series_id}/segment", b"{}", "application/json"
        )
        return SegmentAnswer.model_validate_json(response.content)

    def download(self, instance_id: str, file: Path) -> None:
        """Write one stored object to a file."""
        file.write_bytes(self._caller.get(f"/instances/{instance_id}/file").content)

    def explorer_page(self, kind: str, orthanc_id: str) -> str:
        """Where Orthanc Explorer shows a series or an instance."""
        return f"{self._caller.url}/app/explorer.html#{kind}?uuid={orthanc_id}"
