import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.rules.facts import SeriesFacts
from segrelay_plugin.rules.loading import load_rules
from segrelay_plugin.rules.objections import objections_text

RULE = '[[rules]]\nname = "one"\n'
WHEN = RULE + "[rules.when]\n"


def write(folder: Path, text: str) -> Path:
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_rules(write(folder, text))
    return str(caught.value)


def why_not(
    folder: Path,
    when: str,
    header: Mapping[str, object] = MappingProxyType({}),
    *,
    images: int = 24,
) -> str:
    [rule] = load_rules(write(folder, WHEN + when))
    return objections_text(rule.when.objections(SeriesFacts(header, images)), "en")


def test_a_rule_is_read_with_all_its_parts(tmp_path: Path) -> None:
    text = (
        RULE + 'role = "t1"\ncandidate_models = ["brain"]\nrequest_now = true\n'
        'request_for = "study"\npriority = "urgent"\nagain_when_grown = true\n'
    )
    [rule] = load_rules(write(tmp_path, text))
    assert (rule.name, rule.role, rule.candidate_models) == ("one", "t1", ("brain",))
    assert (rule.request_now, rule.again_when_grown) == (True, True)
    assert (rule.request_for, rule.priority) == ("study", "urgent")


def test_a_rule_asks_for_nothing_unless_it_says_so(tmp_path: Path) -> None:
    [rule] = load_rules(write(tmp_path, RULE))
    assert (rule.role, rule.candidate_models, rule.request_now) == (None, (), False)
    assert (rule.request_for, rule.priority, rule.again_when_grown) == ("series", "routine", False)
    assert rule.when.objections(SeriesFacts({}, 1)) == ()


@pytest.mark.parametrize(
    ("when", "fits", "fits_not"),
    [
        ("SeriesDescription = 't1'", "T1", "t2"),
        ("EchoTime = { max = 30 }", "3", "31"),
        ("EchoTime = { min = 5, max = 30 }", "5", "4.9"),
        ("EchoTime = { min = -inf, max = 3 }", "3", "4"),
        ("MagneticFieldStrength = 3", "3.0", "1.5"),
        ("MagneticFieldStrength = [1.5, 3]", "1.5", "7"),
        ("Modality = ['MR', 'CT']", "CT", "PT"),
        ("InversionTime = { present = true }", "900", None),
        ("InversionTime = { present = false }", None, "900"),
        ("not.EchoTime = { max = 30 }", "31", "3"),
        ("any = { EchoTime = { max = 30 }, SeriesDescription = 't1' }", "3", "31"),
        ("any = [{ EchoTime = { max = 3 } }, { EchoTime = { min = 50 } }]", "60", "31"),
        ("all = [{ EchoTime = { max = 30 } }, { EchoTime = { min = 20 } }]", "25", "31"),
        ("not.any = { EchoTime = { max = 30 }, images = 1 }", "31", "3"),
        ("not.all = { EchoTime = { max = 30 }, images = 24 }", "31", "3"),
        ("[[rules.when.any]]\nEchoTime = 7\n[[rules.when.any]]\nEchoTime = 9", "9", "8"),
        ("dimension = '3d'", "3D", "2D"),
    ],
)
def test_a_condition_means_what_it_says(
    tmp_path: Path, when: str, fits: str | None, fits_not: str | None
) -> None:
    named = re.search(r"([A-Z]\w+) =", when)
    keyword = named[1] if named else "MRAcquisitionType"
    assert why_not(tmp_path, when, {keyword: fits}) == ""
    assert why_not(tmp_path, when, {keyword: fits_not}) != ""


@pytest.mark.parametrize("images", ["2", "[2, 3]", "{ min = 2 }"])
def test_images_can_be_asked_for(tmp_path: Path, images: str) -> None:
    assert why_not(tmp_path, f"images = {images}", images=2) == ""
    assert why_not(tmp_path, f"images = {images}", images=1).startswith('images is "1", but')


def test_planes_can_be_asked_for(tmp_path: Path) -> None:
    wanted = "but should be one of: axial, oblique"
    said = why_not(tmp_path, "plane = ['Axial', 'oblique']")
    assert said == f"plane is absent, {wanted}"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "holds no"),
        ("rules = [1]", 1, "must be a table"),
        ("rules = 1", 1, "holds no"),
        (RULE + "[[rule]]\nname = 'two'", 3, '"rule" is unknown'),
        ("[[rules]]\n", 1, '"name" must be'),
        (RULE + "role = 1", 3, '"role" must be'),
        (RULE + f"role = '{65 * 't'}'", 3, "64 characters"),
        (RULE + "candidate_models = 'brain'", 3, "list of model names"),
        (RULE + "candidate_models = ['two words']", 3, "list of model names"),
        (RULE + "request_now = 'yes'", 3, "true or false"),
        (RULE + "again_when_grown = 1", 3, "true or false"),
        (RULE + "request_for = 'patient'", 3, "one of series, study"),
        (RULE + "priority = 1", 3, "one of urgent, routine, background"),
        (RULE + "request_nwo = true", 3, '"request_nwo" is unknown'),
        (RULE + "\n# twice\n" + RULE, 6, "same name"),
        (RULE + "when = 3", 3, "table of conditions"),
        (WHEN + "SeriesDescription = '('", 4, "regular expression for SeriesDescription"),
        (WHEN + "echo_time = { max = 1 }", 4, "neither a DICOM keyword"),
        (WHEN + "EchoTme = { max = 1 }", 4, 'Is "EchoTime" meant?'),
        (WHEN + "image = 2", 4, 'Is "images" meant?'),
        (WHEN + "EchoTime = { maximum = 1 }", 4, "condition on EchoTime"),
        (WHEN + "EchoTime = {}", 4, "condition on EchoTime"),
        (WHEN + "EchoTime = true", 4, "condition on EchoTime"),
        (WHEN + "EchoTime = { max = 'long' }", 4, "made of numbers"),
        (WHEN + "EchoTime = { max = true }", 4, "made of numbers"),
        (WHEN + "EchoTime = { max = nan }", 4, "made of numbers"),
        (WHEN + "EchoTime = { min = 3, max = 1 }", 4, "min is above max"),
        (WHEN + "EchoTime = { present = 1 }", 4, "condition on EchoTime"),
        (WHEN + "EchoTime = { present = true, min = 1 }", 4, "condition on EchoTime"),
        (WHEN + "Modality = []", 4, "texts only, or numbers only"),
        (WHEN + "Modality = ['MR', 1]", 4, "texts only, or numbers only"),
        (WHEN + "ImageType = ['ORIGINAL\\\\PRIMARY']".replace("\\\\", "\\"), 4, "backslash"),
        (WHEN + "images = '2'", 4, "condition on images"),
        (WHEN + "images = ['2']", 4, "texts only, or numbers only"),
        (WHEN + "images = { present = true }", 4, "condition on images"),
        (WHEN + "plane = 'transverse'", 4, "axial, sagittal, coronal, oblique, mixed"),
        (WHEN + "plane = []", 4, "axial, sagittal"),
        (WHEN + "plane = { min = 1 }", 4, "axial, sagittal"),
        (WHEN + "dimension = 3", 4, "2D, 3D"),
        (WHEN + "ReferencedImageSequence = 'x'", 4, "no text to compare"),
        (WHEN + "ReferencedImageSequence = { min = 1 }", 4, "condition on Ref"),
        (WHEN + "not = { EchoTime = 1, images = 2 }", 4, "not.any"),
        (WHEN + "not = [{ EchoTime = 1 }]", 4, "not.any"),
        (WHEN + "not = {}", 4, "one condition"),
        (WHEN + "not = 1", 4, "table of conditions"),
        (WHEN + "any = {}", 4, "empty"),
        (WHEN + "all = []", 4, "empty"),
        (WHEN + "any = [\n  { EchoTime = 1 },\n  {},\n]", 4, "empty"),
        (WHEN + "any = [\n  { EchoTime = 1 },\n  { EchoTmie = 1 },\n]", 6, "EchoTmie"),
        (WHEN + "[rules.when.not.any]\nimages = 1\nplane = 'flat'", 6, "plane must be"),
        ("[[rules]", 1, "not valid TOML"),
        (RULE + "name = 'again'", 3, "not valid TOML"),
        (RULE + "role = 'unended", 3, "not valid TOML"),
    ],
)
def test_a_wrong_rules_file_says_where_and_what_is_wrong(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    said = refusal(tmp_path, text)
    assert said.startswith(f"rules.toml, line {line}")
    assert says in said


def test_the_rule_is_named_by_place_and_name(tmp_path: Path) -> None:
    said = refusal(tmp_path, RULE + '[[rules]]\nname = "T1"\nrole = 1')
    assert said.startswith('rules.toml, line 5, rule 2 "T1": "role"')


@pytest.mark.parametrize(
    "keyword", ["PatientName", "PatientID", "PatientBirthDate", "ReferringPhysicianName"]
)
def test_a_rule_may_not_look_at_who_the_patient_is(tmp_path: Path, keyword: str) -> None:
    said = refusal(tmp_path, WHEN + f"any = {{ images = 1, {keyword} = {{ present = true }} }}")
    assert said.startswith("rules.toml, line 4")
    assert f"{keyword} can tell who the patient is" in said


@pytest.mark.parametrize(
    "when",
    [
        f"EchoTime = 1{400 * '0'}",
        f"EchoTime = {{ max = 1{400 * '0'} }}",
        f"EchoTime = 1{5000 * '0'}",
        f"{2000 * 'not.'}EchoTime = 1",
        f"EchoTime = {5000 * '['}{5000 * ']'}",
    ],
)
def test_what_goes_beyond_all_measure_is_refused_too(tmp_path: Path, when: str) -> None:
    assert refusal(tmp_path, WHEN + when).startswith("rules.toml")


def test_a_missing_rules_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"rules\.toml cannot be read"):
        load_rules(tmp_path / "rules.toml")


def test_a_rules_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_bytes((RULE + "# 규칙").encode("euc_kr"))
    with pytest.raises(ConfigurationError, match=r"rules\.toml, line 3: it is not UTF-8"):
        load_rules(file)


def test_what_windows_editors_add_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_bytes(RULE.replace("\n", "\r\n").encode("utf-8-sig"))
    assert [rule.name for rule in load_rules(file)] == ["one"]
