# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping

from segrelay_plugin.rules.judgement import Judgement


def shown(judgement: Judgement, language: str) -> Mapping[str, object]:
    """A judgement as JSON: the rule that takes the series, and why those before it do not."""
    rule = judgement.rule
    return {
        "candidate": rule is not None,
        "rule": rule
        and {
            "name": rule.name,
            "role": rule.role,
            "candidate_models": rule.candidate_models,
            "request_now": rule.request_now,
            "request_for": rule.request_for,
            "priority": rule.priority,
            "again_when_grown": rule.again_when_grown,
        },
        "reasons": [reason.sentence(language) for reason in judgement.reasons],
    }
