from uuid import UUID

from demo.http_caller import HttpCaller
from segrelay_contract import paths
from segrelay_contract.requests import RequestAnswer, RequestView


class RequestQueue:
    """What the demo asks of Django; raises CallFailedError."""

    def __init__(self, caller: HttpCaller) -> None:
        self._caller = caller

    @property
    def is_up(self) -> bool:
        """Whether Django answers, and reaches its database and Orthanc."""
        return self._caller.answers(paths.API_ROOT + paths.HEALTH)

    def request(self, request_id: UUID) -> RequestView:
        """One request as it stands."""
        response = self._caller.get(paths.API_ROOT + paths.request(request_id))
        return RequestAnswer.model_validate_json(response.content).request
