from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.db.utils import DatabaseError
from django.http import HttpRequest
from ninja import Router, Status

from segrelay_api.archive.errors import ArchiveError
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_contract.health import Health

router = Router()


@router.get("health/", auth=None, response={200: Health, 503: Health}, url_name="health")
async def health(request: HttpRequest) -> Status[Health]:
    """200 if everything that the queue needs answers, else 503."""
    database, orthanc = await in_database(_database_answers), await _orthanc_answers()
    answer = Health(
        success=database and orthanc,
        database=database,
        orthanc=orthanc,
        tickets=bool(settings.SEGRELAY.ticket_secret),
    )
    return Status(200 if answer.success else 503, answer)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM queue_segmentationrequest LIMIT 1")
    except DatabaseError:
        return False
    return True


async def _orthanc_answers() -> bool:
    try:
        await orthanc_client().json("/system")
    except ArchiveError:
        return False
    return True
