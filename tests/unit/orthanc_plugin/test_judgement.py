import math

from builders.minimal_mr import SECONDARY_CAPTURE
from fakes.orthanc_module import mr_tags

from segrelay_plugin.judgement import judge
from segrelay_plugin.rules import Range, Rule

ANY = Rule(name="any", role=None, candidate_models=(), request_now=False, when={})
MANY = Rule(
    name="many",
    role=None,
    candidate_models=(),
    request_now=False,
    when={"images": Range(2, math.inf)},
)


def codes(judgement: object) -> list[str]:
    return [reason.code for reason in getattr(judgement, "reasons", ())]


def test_a_rule_takes_a_series() -> None:
    judgement = judge(modality="MR", instances=[mr_tags()], rules=[MANY, ANY])
    assert (judgement.rule, judgement.reasons) == (ANY, ())


def test_no_rule_can_take_another_modality() -> None:
    judgement = judge(modality="SEG", instances=[mr_tags()], rules=[ANY])
    assert judgement.rule is None
    assert codes(judgement) == ["not_mr"]


def test_no_rule_can_take_a_secondary_capture() -> None:
    capture = mr_tags(SOPClassUID=SECONDARY_CAPTURE)
    judgement = judge(modality="MR", instances=[capture], rules=[ANY])
    assert judgement.rule is None
    assert codes(judgement) == ["no_mr_image"]


def test_each_rule_says_which_condition_failed() -> None:
    judgement = judge(modality="MR", instances=[mr_tags()], rules=[MANY])
    [reason] = judgement.reasons
    assert reason.parameters == {"rule": "many", "condition": "images"}


def test_the_first_image_is_what_rules_look_at() -> None:
    captured = mr_tags(SOPClassUID=SECONDARY_CAPTURE, InstanceNumber="0", EchoTime="99")
    short = Rule("short", None, (), request_now=False, when={"EchoTime": Range(0, 10)})
    second = mr_tags(InstanceNumber="2", EchoTime="50")
    judgement = judge(modality="MR", instances=[captured, second, mr_tags()], rules=[short])
    assert judgement.rule == short
