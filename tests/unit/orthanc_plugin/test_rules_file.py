from pathlib import Path

import pytest
from fakes.orthanc_module import mr_tags

from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.rules import SeriesFacts, first_match
from segrelay_plugin.rules_file import load_rules

SHIPPED = Path(__file__).parents[3] / "orthanc-config" / "segrelay-rules.toml"
RULE = '[[rules]]\nname = "one"\n'


def write(folder: Path, text: str) -> Path:
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_rule_is_read_with_all_its_parts(tmp_path: Path) -> None:
    text = (
        RULE + 'role = "t1"\ncandidate_models = ["brain"]\nrequest_now = true\n'
        'request_for = "study"\npriority = "urgent"\nagain_when_grown = true\n'
        "[rules.when]\nSeriesDescription = 't1'\nEchoTime = { max = 30 }\nimages = { min = 2 }\n"
    )
    [rule] = load_rules(write(tmp_path, text))
    assert (rule.name, rule.role, rule.candidate_models) == ("one", "t1", ("brain",))
    assert (rule.request_now, rule.again_when_grown) == (True, True)
    assert (rule.request_for, rule.priority) == ("study", "urgent")
    header = {"SeriesDescription": "T1", "EchoTime": "3"}
    assert rule.failed_condition(SeriesFacts(header, images=2)) is None
    assert rule.failed_condition(SeriesFacts(header, images=1)) == "images"
    assert rule.failed_condition(SeriesFacts(header | {"EchoTime": "31"}, images=2)) == "EchoTime"


def test_a_rule_asks_for_nothing_unless_it_says_so(tmp_path: Path) -> None:
    [rule] = load_rules(write(tmp_path, RULE))
    assert (rule.role, rule.candidate_models, rule.request_now) == (None, (), False)
    assert (rule.request_for, rule.priority, rule.again_when_grown) == ("series", "routine", False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no"),
        ("rules = [1]", "not a table"),
        ("[[rules]", "not valid TOML"),
        ("[[rules]]\n", '"name" must be'),
        (RULE + "role = 1", '"role" must be'),
        (RULE + "candidate_models = 'brain'", "list of model names"),
        (RULE + "candidate_models = ['two words']", "list of model names"),
        (RULE + "request_now = 'yes'", "true or false"),
        (RULE + "again_when_grown = 1", "true or false"),
        (RULE + "request_for = 'patient'", "one of series, study"),
        (RULE + "priority = 1", "one of urgent, routine, background"),
        (RULE + "request_nwo = true", "unknown keys: request_nwo"),
        (RULE + "when = 3", "table of conditions"),
        (RULE + "when = { SeriesDescription = '(' }", "regular expression for SeriesDescription"),
        (RULE + "when = { echo_time = { max = 1 } }", "neither a DICOM keyword"),
        (RULE + "when = { EchoTime = { maximum = 1 } }", "condition on EchoTime"),
        (RULE + "when = { EchoTime = {} }", "condition on EchoTime"),
        (RULE + "when = { EchoTime = { max = 'long' } }", "made of numbers"),
        (RULE + "when = { EchoTime = { max = true } }", "made of numbers"),
    ],
)
def test_a_wrong_rules_file_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_rules(write(tmp_path, text))
    assert says in str(caught.value)


def test_a_missing_rules_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"rules\.toml cannot be read"):
        load_rules(tmp_path / "rules.toml")


def test_a_rules_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not valid TOML"):
        load_rules(file)


def test_the_shipped_rules_request_nothing_by_themselves() -> None:
    assert not any(rule.request_now for rule in load_rules(SHIPPED))


@pytest.mark.parametrize(
    ("tags", "images", "role"),
    [
        ({"SeriesDescription": "Sag T1 MPRAGE"}, 176, "t1"),
        ({"SeriesDescription": "t1_se_tra"}, 24, "t1"),
        ({"SeriesDescription": "AX_T1_PRE"}, 24, "t1"),
        ({"SeriesDescription": "t1 pre contrast"}, 24, "t1"),
        ({"SeriesDescription": "AX_T1_POST"}, 24, "t1c"),
        ({"SeriesDescription": "Sag MPRAGE +C"}, 176, "t1c"),
        ({"SeriesDescription": "t1_vibe_fs_tra_Gd"}, 60, "t1c"),
        ({"SeriesDescription": "Ax FSPGR BRAVO"}, 150, "t1"),
        ({"SeriesDescription": "", "InversionTime": "900", "EchoTime": "3"}, 176, "t1"),
        (
            {
                "SeriesDescription": "brain",
                "ScanningSequence": "SE",
                "EchoTime": "12",
                "RepetitionTime": "550",
            },
            24,
            "t1",
        ),
        (
            {"SeriesDescription": "Ax T2 FLAIR", "InversionTime": "900", "EchoTime": "3"},
            30,
            "flair",
        ),
        ({"SeriesDescription": "t2_tirm_tra_dark-fluid"}, 30, "flair"),
        ({"SeriesDescription": "Sag T1 FLAIR"}, 30, None),
        ({"SeriesDescription": "Ax T2", "ScanningSequence": "SE", "EchoTime": "100"}, 24, "t2"),
        ({"SeriesDescription": "Ax T2* GRE"}, 24, None),
        ({"SeriesDescription": "localizer t2"}, 3, None),
        ({"SeriesDescription": "localizer t1", "EchoTime": "3"}, 30, None),
        ({"SeriesDescription": "T1", "ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, 30, None),
        ({"SeriesDescription": "brain", "ScanningSequence": "GR", "EchoTime": "5"}, 30, None),
    ],
)
def test_the_shipped_rules_know_series_by_name_and_t1_by_times_too(
    tags: dict[str, str], images: int, role: str | None
) -> None:
    facts = SeriesFacts(header=mr_tags(**tags), images=images)
    rule = first_match(load_rules(SHIPPED), facts)
    assert rule is not None
    assert rule.role == role


def test_the_shipped_rules_leave_out_a_single_image() -> None:
    assert first_match(load_rules(SHIPPED), SeriesFacts(header=mr_tags(), images=1)) is None
