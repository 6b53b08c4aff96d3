from builders.minimal_mr import SECONDARY_CAPTURE
from fakes.orthanc_module import mr_tags

from segrelay_plugin.rules.conditions import Range
from segrelay_plugin.rules.judgement import Judgement, judge
from segrelay_plugin.rules.rule import Rule

ANY = Rule("any")
MANY = Rule("many", when=Range("images", minimum=2))
LATE = Rule("late", when=Range("EchoTime", 50, 100))


def said(judgement: Judgement, language: str = "en") -> list[str]:
    return [reason.sentence(language) for reason in judgement.reasons]


def test_the_first_rule_that_matches_decides() -> None:
    judgement = judge(modality="MR", instances=[mr_tags()], rules=[ANY, MANY])
    assert judgement == Judgement(ANY, ())


def test_each_rule_before_it_says_which_condition_failed() -> None:
    judgement = judge(modality="MR", instances=[mr_tags()], rules=[MANY, LATE, ANY])
    assert judgement.rule == ANY
    assert said(judgement) == [
        'Rule "many" does not match: images is "1", but should be at least 2.',
        'Rule "late" does not match: EchoTime is "3", but should be from 50 to 100.',
    ]


def test_where_no_rule_matches_all_say_so_in_the_readers_language() -> None:
    judgement = judge(modality="MR", instances=[mr_tags()], rules=[MANY])
    assert judgement.rule is None
    assert said(judgement, "ko") == [
        '규칙 "many"에 맞지 않습니다: images(현재 "1")은(는) 2 이상이어야 합니다.'
    ]


def test_no_rule_can_take_another_modality() -> None:
    judgement = judge(modality="SEG", instances=[mr_tags()], rules=[ANY])
    assert judgement.rule is None
    assert said(judgement) == ["The series is SEG, and only MR series are analysed."]


def test_no_rule_can_take_a_secondary_capture() -> None:
    capture = mr_tags(SOPClassUID=SECONDARY_CAPTURE)
    judgement = judge(modality="MR", instances=[capture], rules=[ANY])
    assert judgement.rule is None
    assert said(judgement) == ["The series holds no MR images, only derived objects."]


def test_the_first_image_is_what_rules_look_at() -> None:
    captured = mr_tags(SOPClassUID=SECONDARY_CAPTURE, InstanceNumber="0", EchoTime="99")
    short = Rule("short", when=Range("EchoTime", 0, 10))
    second = mr_tags(InstanceNumber="2", EchoTime="50")
    judgement = judge(modality="MR", instances=[captured, second, mr_tags()], rules=[short])
    assert judgement.rule == short


def test_somebody_may_say_how_many_images_there_are() -> None:
    assert judge(modality="MR", instances=[mr_tags()], rules=[MANY], count=2).rule == MANY
