from pathlib import Path

import pytest
from fakes.orthanc_module import mr_tags

from segrelay_plugin.rules.judgement import judge
from segrelay_plugin.rules.loading import load_rules
from segrelay_plugin.rules.rule import Rule

SHIPPED = Path(__file__).parents[4] / "orthanc-config" / "segrelay-rules.toml"


def rule_for(*, images: int, **tags: object) -> Rule | None:
    header = mr_tags(**tags)
    return judge(modality="MR", instances=[header], rules=load_rules(SHIPPED), count=images).rule


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
        ({"SeriesDescription": "brain", "ScanningSequence": "GR", "EchoTime": "5"}, 30, None),
    ],
)
def test_the_shipped_rules_know_series_by_name_and_t1_by_times_too(
    tags: dict[str, str], images: int, role: str | None
) -> None:
    rule = rule_for(images=images, **tags)
    assert rule is not None
    assert rule.role == role


def test_the_shipped_rules_leave_out_a_single_image() -> None:
    assert rule_for(images=1) is None


def test_the_shipped_rules_leave_out_what_the_scanner_calls_a_localizer() -> None:
    assert rule_for(images=30, ImageType="ORIGINAL\\PRIMARY\\LOCALIZER") is None


def test_the_shipped_rules_leave_out_images_in_several_planes() -> None:
    orientations = ("1\\0\\0\\0\\1\\0", "0\\1\\0\\0\\0\\-1")
    planes = [mr_tags(SeriesDescription="t1", ImageOrientationPatient=one) for one in orientations]
    assert judge(modality="MR", instances=planes, rules=load_rules(SHIPPED)).rule is None
    same = [planes[0], planes[0]]
    assert judge(modality="MR", instances=same, rules=load_rules(SHIPPED)).rule is not None


def test_the_shipped_rules_know_spin_echo_in_enhanced_headers() -> None:
    groups = {
        "MREchoSequence": [{"EffectiveEchoTime": "12"}],
        "MRTimingAndRelatedParametersSequence": [{"RepetitionTime": "550"}],
    }
    rule = rule_for(
        images=24,
        SeriesDescription="brain",
        EchoTime=None,
        EchoPulseSequence="SPIN",
        SharedFunctionalGroupsSequence=[groups],
    )
    assert rule is not None
    assert rule.role == "t1"
