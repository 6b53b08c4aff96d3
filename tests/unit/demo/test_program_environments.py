"""What the three programs are told; that it works is shown by the demo's integration test."""

from pathlib import Path

import pytest

from demo import orthanc_program as orthanc_module
from demo.django_program import django_program, migration_program
from demo.errors import ProgramMissingError
from demo.orthanc_program import installed_orthanc, orthanc_program
from demo.plan import Plan
from demo.worker_program import WorkerChoice, loaded_model, worker_program
from segrelay_api.databases import database_settings
from segrelay_api.environment import Environment
from segrelay_worker.settings import load_settings


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    folder = tmp_path / "a folder with 100 %41"
    folder.mkdir()
    return Plan(folder=folder, orthanc_port=18042, django_port=18000)


def test_django_reads_what_the_demo_writes(plan: Plan) -> None:
    read = Environment.read(django_program(plan, {}).environment)
    assert database_settings(read.database_url)["NAME"] == str(plan.folder / "queue.sqlite3")
    assert read.orthanc_url == plan.orthanc_url
    assert read.worker_tokens == {"demo": plan.worker_token}
    assert read.open_to_loopback
    assert read.ticket_secret == plan.ticket_secret


def test_the_migration_and_the_server_share_a_database(plan: Plan) -> None:
    assert migration_program(plan, {}).environment == django_program(plan, {}).environment


def test_django_listens_on_loopback_only(plan: Plan) -> None:
    command = django_program(plan, {}).command
    assert command[command.index("--host") + 1] == "127.0.0.1"


def test_the_worker_reads_what_the_demo_writes(plan: Plan, tmp_path: Path) -> None:
    choice = WorkerChoice("/models/w.pth", "cpu", 0.25)
    program = worker_program(plan, choice, {})
    read = load_settings(folder=tmp_path, environment=program.environment)
    assert read.django_api_url == f"{plan.django_url}/api/mri"
    assert (read.worker_token, read.orthanc_password) == (plan.worker_token, plan.worker_password)
    assert (read.model_path, read.device, read.threshold) == (Path("/models/w.pth"), "cpu", 0.25)
    assert read.spool_dir.is_relative_to(plan.folder)


def test_without_a_threshold_the_package_decides(plan: Plan) -> None:
    program = worker_program(plan, WorkerChoice("w.pth", "cpu", None), {})
    assert "THRESHOLD" not in program.environment


def test_orthanc_gets_the_accounts_that_the_others_use(plan: Plan) -> None:
    environment = orthanc_program(plan, {}).environment
    assert environment["ORTHANC_DJANGO_PASSWORD"] == plan.django_password
    assert environment["ORTHANC_WORKER_PASSWORD"] == plan.worker_password
    assert environment["SEGRELAY_PLUGIN_TOKEN"] == plan.plugin_token
    assert environment["SEGRELAY_TICKET_SECRET"] == plan.ticket_secret
    assert environment["SEGRELAY_DJANGO_URL"] == f"{plan.django_url}/api/mri/segmentation/"


def test_every_program_gets_what_is_handed_on(plan: Plan) -> None:
    handed_on = {"TMPDIR": "/somewhere"}
    programs = (
        orthanc_program(plan, handed_on),
        django_program(plan, handed_on),
        worker_program(plan, WorkerChoice("w.pth", "cpu", None), handed_on),
    )
    assert {program.environment["TMPDIR"] for program in programs} == {"/somewhere"}


def test_no_two_runs_share_a_secret_and_none_is_shown(tmp_path: Path) -> None:
    one, other = (Plan(folder=tmp_path, orthanc_port=1, django_port=2) for _ in range(2))
    assert one.worker_token != other.worker_token
    secrets = {one.admin_password, one.worker_password, one.plugin_token, one.ticket_secret}
    assert len(secrets) == 4
    assert one.admin_password not in repr(one)


def test_without_orthanc_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orthanc_module, "_SYSTEM_PATH", str(tmp_path))
    with pytest.raises(ProgramMissingError, match="Debian package orthanc"):
        installed_orthanc()


def test_the_loaded_model_is_read_from_the_workers_log(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("INFO 워커 시작 (worker started)\n", encoding="utf-8")
    assert loaded_model(log) is None
    with log.open("a", encoding="utf-8") as lines:
        lines.write("INFO 모델 준비 완료 (model ready) model=brain version=1\nmore\n")
    assert loaded_model(log) == "model=brain version=1"
