import pytest

from segrelay_plugin.rules.functional_groups import frame_values, header_value

SHARED = {
    "MRTimingAndRelatedParametersSequence": [{"RepetitionTime": "2300", "FlipAngle": "9"}],
    "PixelMeasuresSequence": [{"SliceThickness": "1.2"}],
    "ReferencedImageSequence": [{"PixelBandwidth": "1"}],
    "UnknownPrivateSequence": [{"PixelBandwidth": "2"}],
}
FRAMES = [
    {
        "MREchoSequence": [{"EffectiveEchoTime": time}],
        "MRModifierSequence": [{"InversionTimes": "900"}],
        "MRDiffusionSequence": [
            {"DiffusionGradientDirectionSequence": [{"DiffusionGradientOrientation": "0\\0\\1"}]}
        ],
        "MRImagingModifierSequence": [{"PixelBandwidth": "240"}],
    }
    for time in ("2.5", "5")
]
HEADER = {
    "SharedFunctionalGroupsSequence": [SHARED],
    "PerFrameFunctionalGroupsSequence": FRAMES,
    "SeriesDescription": "t1",
    "SliceThickness": "",
}


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("SeriesDescription", "t1"),
        ("RepetitionTime", "2300"),
        ("SliceThickness", "1.2"),
        ("EchoTime", "2.5"),
        ("EffectiveEchoTime", "2.5"),
        ("InversionTime", "900"),
        ("DiffusionGradientOrientation", "0\\0\\1"),
        ("PixelBandwidth", "240"),
        ("MagneticFieldStrength", None),
    ],
)
def test_a_value_is_found_where_an_enhanced_header_keeps_it(
    keyword: str, value: str | None
) -> None:
    assert header_value(HEADER, keyword) == value


def test_what_stands_at_the_top_comes_first() -> None:
    assert header_value(HEADER | {"EchoTime": "7"}, "EchoTime") == "7"


def test_a_converted_classic_image_keeps_its_own_names() -> None:
    frame = {"UnassignedPerFrameConvertedAttributesSequence": [{"EchoTime": "3"}]}
    assert header_value({"PerFrameFunctionalGroupsSequence": [frame]}, "EchoTime") == "3"


@pytest.mark.parametrize("broken", [None, "text", ["text"], [[]], [{}], [{"MREchoSequence": "x"}]])
def test_broken_groups_hold_nothing(broken: object) -> None:
    header = {"SharedFunctionalGroupsSequence": broken, "PerFrameFunctionalGroupsSequence": broken}
    assert header_value(header, "EchoTime") is None
    assert list(frame_values(header, "MREchoSequence", "EffectiveEchoTime")) == []


def test_the_values_of_all_frames_are_found() -> None:
    assert list(frame_values(HEADER, "MREchoSequence", "EffectiveEchoTime")) == ["2.5", "5"]
