# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m segrelay_plugin.rules test FILE.dcm`: tries rules on files, without Orthanc."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from segrelay_plugin.dicom_file.reading import read_header
from segrelay_plugin.errors import ConfigurationError, UnreadableFileError
from segrelay_plugin.rules.judgement import Judgement, judge
from segrelay_plugin.rules.loading import load_rules
from segrelay_plugin.rules.rule import Rule
from segrelay_plugin.sentences import TABLES, sentence

MATCHES, NO_RULE, CANNOT_TELL = 0, 1, 2  # exit status; 2 is argparse's own for wrong arguments


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints which rule takes the series, and why those before it do not; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        judgement = _judgement(options)
    except (ConfigurationError, UnreadableFileError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line prints
        return CANNOT_TELL
    print("\n".join(_lines(judgement, options.language)))  # noqa: T201 - likewise
    return MATCHES if judgement.rule else NO_RULE


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m segrelay_plugin.rules")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    test = commands.add_parser(
        "test", help="which rule takes a series, and why not an earlier one (규칙 시험)"
    )
    test.add_argument("files", nargs="+", type=Path, metavar="FILE", help="of one series")
    test.add_argument("--rules", type=Path, default=Path("segrelay-rules.toml"))
    test.add_argument("--images", type=int, help="of the whole series; else those of the files")
    test.add_argument("--language", choices=sorted(TABLES), default="en")
    return parser


def _judgement(options: Namespace) -> Judgement:
    rules = load_rules(options.rules)
    headers = [read_header(file) for file in options.files]
    modality = str(headers[0].get("Modality", ""))
    return judge(modality=modality, instances=headers, rules=rules, count=options.images)


def _lines(judgement: Judgement, language: str) -> list[str]:
    """The rules in their order, the one that decides last."""
    passed_over = [reason.sentence(language) for reason in judgement.reasons]
    if judgement.rule is None:
        return [*passed_over, sentence("no_rule_matches", language=language)]
    return [*passed_over, _match(judgement.rule, language)]


def _match(rule: Rule, language: str) -> str:
    said = {
        "rule": rule.name,
        "role": rule.role or "-",
        "models": ", ".join(rule.candidate_models) or "-",
        "request": _request(rule, language),
    }
    return sentence("rule_matches", language=language, parameters=said)


def _request(rule: Rule, language: str) -> str:
    if not rule.request_now:
        return sentence("requests_nothing", language=language)
    code = "requests_again" if rule.again_when_grown else "requests_at_once"
    said = {"request_for": rule.request_for, "priority": rule.priority}
    return sentence(code, language=language, parameters=said)


if __name__ == "__main__":
    sys.exit(main())
