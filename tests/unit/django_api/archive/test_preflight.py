from __future__ import annotations

import httpx
import pytest
from builders.orthanc_answers import OrthancAnswers, tags_row

from segrelay_api.archive.errors import (
    OrthancUnreachableError,
    UnknownSeriesError,
    UnsuitableSeriesError,
)
from segrelay_api.archive.orthanc_client import OrthancClient, orthanc_client
from segrelay_api.archive.preflight import find_series, require_usable
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.attributes import Attribute
from segrelay_contract.series_rules.identity import digest_instances
from segrelay_contract.series_rules.volumes import NO_RULE, VolumeRule


async def test_a_good_series_is_identified(orthanc: OrthancAnswers) -> None:
    orthanc.add_series("abc")
    series = (await find_series(orthanc_client(), "abc")).identity
    assert (series.series_id, series.study_id) == ("abc", "study-1")
    assert series.study_instance_uid == "1.2.840.1"


async def test_the_instances_digest_does_not_depend_on_their_order(
    orthanc: OrthancAnswers,
) -> None:
    rows = [tags_row(index) for index in range(4)]
    orthanc.add_series("abc", rows)
    orthanc.add_series("cba", rows[::-1])
    first = await find_series(orthanc_client(), "abc")
    second = await find_series(orthanc_client(), "cba")
    assert first.identity.instances_digest == second.identity.instances_digest
    assert first.identity.instances_digest != digest_instances(["1.2.3.0"])


async def test_sequences_and_empty_values_among_the_tags_are_passed_over(
    orthanc: OrthancAnswers,
) -> None:
    rows: list[dict[str, object]] = [{**tags_row(index)} for index in range(3)]
    rows[0].update({"ReferencedImageSequence": [{"x": "y"}], "ImageComments": None})
    orthanc.rows["abc"] = rows  # type: ignore[assignment]
    assert (await find_series(orthanc_client(), "abc")).identity.series_id == "abc"


async def test_the_reasons_of_an_unsuitable_series_are_kept(orthanc: OrthancAnswers) -> None:
    orthanc.add_series("abc", [tags_row(0)])
    series = await find_series(orthanc_client(), "abc")
    with pytest.raises(UnsuitableSeriesError) as refusal:
        require_usable({"t1": series}, rules=[NO_RULE], allow_different_frames=False)
    assert [reason.code for reason in refusal.value.reasons] == [ErrorCode.SINGLE_SLICE]


async def test_one_rule_that_chooses_a_volume_is_enough(orthanc: OrthancAnswers) -> None:
    echoes = [tags_row(index, EchoTime=time) for time in ("2.5", "7.4") for index in range(5)]
    orthanc.add_series("abc", echoes)
    series = await find_series(orthanc_client(), "abc")
    absent = VolumeRule({Attribute.ECHO_TIME: "9"})
    present = VolumeRule({Attribute.ECHO_TIME: "last"})
    require_usable({"": series}, rules=[absent, present], allow_different_frames=False)
    with pytest.raises(UnsuitableSeriesError) as refusal:
        require_usable({"": series}, rules=[NO_RULE, absent], allow_different_frames=False)
    assert [reason.code for reason in refusal.value.reasons] == [ErrorCode.SEVERAL_VOLUMES]


@pytest.mark.parametrize("identifier", ["nothing", "1.2.3.4", "..", "a/b", "?x"])
async def test_a_series_that_is_not_there_is_unknown(
    orthanc: OrthancAnswers, identifier: str
) -> None:
    orthanc.add_series("abc")
    with pytest.raises(UnknownSeriesError):
        await find_series(orthanc_client(), identifier)
    assert all(path.startswith(("/series/", "/system", "/tools/lookup")) for path in orthanc.asked)


@pytest.mark.parametrize("status", [401, 403, 500, 502])
async def test_an_archive_that_refuses_or_breaks_is_out_of_reach(status: int) -> None:
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(status)), base_url="http://orthanc"
    )
    with pytest.raises(OrthancUnreachableError):
        await find_series(OrthancClient(http), "abc")


async def test_a_page_instead_of_json_means_that_orthanc_was_not_reached() -> None:
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, text="<html>")),
        base_url="http://orthanc",
    )
    with pytest.raises(OrthancUnreachableError):
        await find_series(OrthancClient(http), "abc")
