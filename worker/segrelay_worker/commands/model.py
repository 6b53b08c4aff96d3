"""`segrelay-worker model …`: what one does with a model package before a worker serves it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from segrelay_worker.commands import model_check, model_init


def add_arguments(parser: ArgumentParser) -> None:
    """Its own commands."""
    commands = parser.add_subparsers(dest="model_command", metavar="COMMAND", required=True)
    model_init.add_arguments(
        commands.add_parser(
            "init", help="가중치에서 첫 model.toml을 작성 (write a first model.toml)"
        )
    )
    model_check.add_arguments(
        commands.add_parser(
            "check", help="팬텀으로 모델을 시험 (what a request would get, on a phantom)"
        )
    )


def run(options: Namespace, *, formats: str) -> int:
    """Return the exit status."""
    if options.model_command == "init":
        return model_init.run(options)
    return model_check.run(options, formats=formats)
