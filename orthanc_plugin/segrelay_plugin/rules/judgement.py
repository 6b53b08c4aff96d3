# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from segrelay_plugin.headers import mr_images
from segrelay_plugin.rules.facts import facts_of
from segrelay_plugin.rules.objections import Objection, objections_text
from segrelay_plugin.rules.rule import Rule
from segrelay_plugin.sentences import sentence


class Reason(Protocol):
    """Why a series is no candidate, or none of an earlier rule."""

    def sentence(self, language: str) -> str:
        """The reason in the reader's language."""


@dataclass(frozen=True, slots=True)
class NotLookedAt:
    """No rule can take the series: a key of the sentence table, with its parameters."""

    code: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """The reason in the reader's language."""
        return sentence(self.code, language=language, parameters=self.parameters)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A rule does not match: which of its conditions fail, and what was found."""

    rule: str
    objections: tuple[Objection, ...]

    def sentence(self, language: str) -> str:
        """The reason in the reader's language."""
        said = {"rule": self.rule, "objections": objections_text(self.objections, language)}
        return sentence("rule_does_not_match", language=language, parameters=said)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rule that takes a series, and the reasons why those before it, or all, do not."""

    rule: Rule | None
    reasons: tuple[Reason, ...] = ()


def judge(
    *,
    modality: str,
    instances: Sequence[Mapping[str, object]],
    rules: Sequence[Rule],
    count: int | None = None,
) -> Judgement:
    """Decides whether a series is a candidate; SEG, SR and secondary captures never are.

    `count` is the number of its images, where it is another than that of the instances' frames.
    """
    if modality != "MR":
        return Judgement(None, (NotLookedAt("not_mr", {"modality": modality or "?"}),))
    images = mr_images(instances)
    if not images:
        return Judgement(None, (NotLookedAt("no_mr_image"),))
    facts = facts_of(images, count=count)
    passed_over: list[Reason] = []
    for rule in rules:
        objections = rule.when.objections(facts)
        if not objections:
            return Judgement(rule, tuple(passed_over))
        passed_over.append(PassedOver(rule.name, objections))
    return Judgement(None, tuple(passed_over))
