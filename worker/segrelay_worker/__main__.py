"""`segrelay-worker`, or `python -m segrelay_worker`: the service, and the commands beside it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from segrelay_worker.commands import model, segment
from segrelay_worker.service import FORMATS, run_service


def main(arguments: Sequence[str] | None = None, *, formats: str = FORMATS) -> int:
    """Without a command the service runs; returns the exit status.

    `formats` names the model formats as "module:NAME".
    """
    options = _parser().parse_args(arguments)
    if options.command == "segment":
        return segment.run(options, formats=formats)
    if options.command == "model":
        return model.run(options, formats=formats)
    return run_service(formats=formats)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="segrelay-worker")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser(
        "run", help="서비스: 대기열의 일을 처리 (the service; also without a command)"
    )
    segment.add_arguments(
        commands.add_parser(
            "segment", help="폴더의 시리즈 하나를 분할 (segment one series of a folder)"
        )
    )
    model.add_arguments(
        commands.add_parser(
            "model", help="모델 패키지를 만들고 시험 (make a model package, and try it)"
        )
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
