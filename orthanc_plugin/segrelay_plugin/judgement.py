# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from segrelay_plugin.headers import image_count, mr_images
from segrelay_plugin.rules import Rule, SeriesFacts, first_match


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a series is no candidate: a key of the sentence table, with its parameters."""

    code: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rule that takes a series, or the reasons why none does."""

    rule: Rule | None
    reasons: tuple[Reason, ...] = ()


def judge(
    *, modality: str, instances: Sequence[Mapping[str, object]], rules: Sequence[Rule]
) -> Judgement:
    """Decides whether a series is a candidate; SEG, SR and secondary captures never are."""
    if modality != "MR":
        return Judgement(None, (Reason("not_mr", {"modality": modality or "?"}),))
    images = mr_images(instances)
    if not images:
        return Judgement(None, (Reason("no_mr_image"),))
    facts = SeriesFacts(header=images[0], images=image_count(images))
    rule = first_match(rules, facts)
    return Judgement(rule, () if rule else _why_no_rule(rules, facts))


def _why_no_rule(rules: Sequence[Rule], facts: SeriesFacts) -> tuple[Reason, ...]:
    failed = ((rule.name, rule.failed_condition(facts)) for rule in rules)
    return tuple(
        Reason("rule_does_not_match", {"rule": name, "condition": condition})
        for name, condition in failed
        if condition is not None
    )
