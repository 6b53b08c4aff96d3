# SPDX-License-Identifier: AGPL-3.0-or-later
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from segrelay_plugin.archive import Archive
from segrelay_plugin.background import Background
from segrelay_plugin.backoff import Backoff
from segrelay_plugin.candidates import CandidatesRoute
from segrelay_plugin.catching_up import CatchingUp
from segrelay_plugin.configuration import Configuration, Connection, read_configuration
from segrelay_plugin.delivery import Delivery
from segrelay_plugin.django_probe import DjangoProbe
from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.explorer.analysis_page import show_analysis_page
from segrelay_plugin.health import HealthRoute
from segrelay_plugin.job_queue import JobQueue
from segrelay_plugin.metrics import Gauges, Metrics
from segrelay_plugin.orthanc_api import OrthancApi, RestCallback
from segrelay_plugin.orthanc_logging import log_to_orthanc
from segrelay_plugin.put_off import PutOff
from segrelay_plugin.relay import Relays
from segrelay_plugin.rest import as_callback
from segrelay_plugin.results.dicom_reader import DicomReader
from segrelay_plugin.results.intake import ResultIntake
from segrelay_plugin.results.links import ResultLinks, request_of_result
from segrelay_plugin.results.place import ResultPlace
from segrelay_plugin.results.route import ResultsRoute
from segrelay_plugin.results.superseding import Superseding
from segrelay_plugin.routes import RESULTS, SERIES, STUDY, Routes, relayed_routes
from segrelay_plugin.rules_test_route import RulesTestRoute
from segrelay_plugin.rules_watch import RulesWatch
from segrelay_plugin.series_report import SeriesRoute
from segrelay_plugin.states.mirror import StateMirror
from segrelay_plugin.states.route import StateRoute
from segrelay_plugin.study_report import StudyRoute
from segrelay_plugin.tagging import Tagger
from segrelay_plugin.tickets.request_filter import OpenFilter, RequestFilter
from segrelay_plugin.tickets.ticketing import Ticketing, assemble_ticketing

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plugin:
    """What there is to register with Orthanc."""

    background: Background | None  # None: the configuration allows nothing, `health` says why
    routes: Mapping[str, RestCallback]  # by the regular expression of the path
    request_filter: RequestFilter | OpenFilter
    metrics: Metrics


def assemble(orthanc: OrthancApi) -> Plugin:
    """Puts the parts together as far as the configuration allows.

    Raises:
        ConfigurationError: Orthanc must not start; the log says why.
    """
    log_to_orthanc(orthanc)
    archive = Archive(orthanc)
    configuration = _read_or_refuse(orthanc)
    _log_problems(configuration)
    ticketing = assemble_ticketing(
        json.loads(orthanc.GetConfiguration()),
        archive,
        request_of_result=partial(request_of_result, archive),
    )
    connection = configuration.connection
    delivery = _delivery(connection) if connection else None
    probe = DjangoProbe(django=connection.django, now=_now) if connection else None
    health = HealthRoute(
        archive=archive,
        configuration=configuration,
        probe=probe,
        delivery=delivery,
        ticketing=ticketing,
    )
    tagger = _tagger(archive, configuration, connection) if connection else None
    mirror = StateMirror(archive=archive, close_attempt=ticketing.attempts.close)
    routes: Routes = {
        "/segrelay/health": {"GET": health},
        f"{SERIES}/state": {"PUT": StateRoute(mirror=mirror)},
        RESULTS: {"POST": _results_route(orthanc, archive, configuration, ticketing)},
        **_reading_routes(archive, configuration),
        **relayed_routes(Relays(configuration=configuration), archive),
    }
    return Plugin(
        background=(
            _background(archive, configuration, connection, delivery, tagger, mirror)
            if connection and delivery and tagger
            else None
        ),
        routes={
            **{path: as_callback(handlers) for path, handlers in routes.items()},
            "/segrelay/analysis": show_analysis_page,
        },
        request_filter=ticketing.request_filter,
        metrics=Metrics(orthanc, _gauges(connection, tagger, ticketing)),
    )


def _gauges(connection: Connection | None, tagger: Tagger | None, ticketing: Ticketing) -> Gauges:
    return {
        "segrelay_tagged_series": lambda: tagger.tagged_count if tagger else 0,
        "segrelay_outbox_length": lambda: len(connection.outbox) if connection else 0,
        "segrelay_tickets_refused": lambda: ticketing.refusals.count,
        "segrelay_django_last_contact": lambda: connection.django.last_contact if connection else 0,
    }


def _reading_routes(archive: Archive, configuration: Configuration) -> Routes:
    """What changes nothing, and asks nobody but Orthanc."""
    return {
        SERIES: {"GET": SeriesRoute(archive=archive, configuration=configuration)},
        STUDY: {"GET": StudyRoute(archive=archive)},
        "/segrelay/candidates": {"GET": CandidatesRoute(archive=archive)},
        "/segrelay/rules/test": {
            "POST": RulesTestRoute(archive=archive, rules=configuration.rules)
        },
    }


def _results_route(
    orthanc: OrthancApi, archive: Archive, configuration: Configuration, ticketing: Ticketing
) -> ResultsRoute:
    connection = configuration.connection
    return ResultsRoute(
        admission=ticketing.admission,
        refusals=ticketing.refusals,
        intake=_intake(orthanc, archive, connection) if connection else None,
        configuration=configuration,
    )


def _intake(orthanc: OrthancApi, archive: Archive, connection: Connection) -> ResultIntake:
    return ResultIntake(
        archive=archive,
        reader=DicomReader(orthanc),
        place=ResultPlace(archive),
        links=ResultLinks(archive),
        outbox=connection.outbox,
    )


def _read_or_refuse(orthanc: OrthancApi) -> Configuration:
    try:
        return read_configuration(orthanc, now=_now)
    except ConfigurationError as error:
        logger.error("start_refused why=%s", error)  # noqa: TRY400 - the sentence says it all
        raise


def _delivery(connection: Connection) -> Delivery:
    return Delivery(
        outbox=connection.outbox,
        django=connection.django,
        backoff=Backoff(),
        put_off=PutOff(clock=time.monotonic),
    )


def _tagger(archive: Archive, configuration: Configuration, connection: Connection) -> Tagger:
    return Tagger(archive=archive, rules=configuration.rules, outbox=connection.outbox, now=_now)


def _background(  # noqa: PLR0913, PLR0917 - the parts of the plugin
    archive: Archive,
    configuration: Configuration,
    connection: Connection,
    delivery: Delivery,
    tagger: Tagger,
    mirror: StateMirror,
) -> Background:
    jobs = JobQueue()
    superseding = Superseding(archive=archive)
    catching_up = CatchingUp(
        archive=archive,
        tagger=tagger,
        superseding=superseding,
        mirror=mirror,
        jobs=jobs,
        stable_age_seconds=connection.settings.stable_age_seconds,
        now=_now,
    )
    return Background(
        jobs=jobs,
        tagger=tagger,
        superseding=superseding,
        catching_up=catching_up,
        rules_watch=RulesWatch(
            rules=configuration.rules, on_change=catching_up.judge_all, jobs=jobs
        ),
        delivery=delivery,
    )


def _log_problems(configuration: Configuration) -> None:
    for warning in configuration.warnings:
        logger.error("configuration_warning why=%s", warning)
    if problem := configuration.connection_problem:
        logger.error("nothing_is_tagged why=%s", problem)


def _now() -> datetime:
    return datetime.now(UTC)
