from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from segrelay_worker.errors import PermanentError
from segrelay_worker.logs import fields
from segrelay_worker.segmenters.checksum import sha256_of
from segrelay_worker.segmenters.cut_off import cut_off
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.manifest import OutputSection
from segrelay_worker.segmenters.network import Network
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.ways.check_input import check_input
from segrelay_worker.ways.known_choice import (
    choice_folder,
    keep_choice,
    known_choice,
    machine_key,
)
from segrelay_worker.ways.offered import LEAST_DICE, ways_to_try
from segrelay_worker.ways.trial import Mask, Tried, fastest_right, kind_and_text
from segrelay_worker.ways.way import EAGER, Source, Way

_log = logging.getLogger(__name__)

Activation = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Chosen:
    """A network in the way that is used, which may take windows of one shape only."""

    name: str
    network: Network
    only_shape: tuple[int, ...] | None = None


def fastest(
    package: ModelPackage, network: torch.nn.Module, machine: Machine, activation: Activation
) -> Chosen:
    """The fastest way that the package allows, found by trying or known from an earlier start.

    Raises PermanentError model_unreadable.
    """
    window = package.manifest.window
    ways = ways_to_try(
        package.manifest.inference.precision, device=machine.device, any_shape=window is None
    )
    if not ways:
        return Chosen(EAGER.name, network)
    source = Source(
        network, lambda: torch.from_numpy(check_input(package))[None].to(machine.device)
    )
    compare = partial(
        fastest_right,
        mask_of=partial(_mask, package.manifest.output, source, activation),
        least_dice=LEAST_DICE[package.manifest.inference.precision],
        clock=_clock_for(machine.device),
    )
    with _folder(package, machine) as folder:
        used, built = _known(ways, source, folder) or _tried(ways, source, folder, compare)
    _log.info("계산 방법 (way to compute)", extra=fields(model=package.name, way=used.name))
    only_shape = window.size if window is not None and used.one_shape else None
    return Chosen(used.name, built, only_shape)


@contextmanager
def _folder(package: ModelPackage, machine: Machine) -> Iterator[Path]:
    """Where ways keep their files; without a place for them, until they are built."""
    with TemporaryDirectory() as passing:
        try:
            folder = choice_folder(
                machine.cache_folder or Path(passing),
                model=package.name,
                digest=_tried_on(package),
                machine=machine_key(machine.device),
            )
        except OSError as error:
            _log_useless_cache(error)
            folder = Path(passing)
        yield folder


def _tried_on(package: ModelPackage) -> str:
    """The package, and the check input, which its own digest does not cover."""
    name = package.manifest.inference.check_input
    if name is None:
        return package.digest
    return f"{package.digest} {sha256_of(package.weights_path.parent / name)}"


def _log_useless_cache(error: OSError) -> None:
    _log.warning(
        "캐시 폴더를 쓸 수 없음 (the cache folder cannot be used)",
        extra=fields(reason=error.strerror),
    )


def _known(ways: Sequence[Way], source: Source, folder: Path) -> tuple[Way, Network] | None:
    name = known_choice(folder)
    way = next((way for way in (EAGER, *ways) if way.name == name), None)
    if way is None:
        return None
    try:
        return way, way.build(source, folder)
    except Exception as error:  # noqa: BLE001 - then everything is tried again
        _log.warning(
            "저장된 방법을 쓸 수 없음 (the known way cannot be built)",
            extra=fields(way=way.name, reason=kind_and_text(error)),
        )
        return None


def _tried(
    ways: Sequence[Way], source: Source, folder: Path, compare: Callable[..., Tried[Network]]
) -> tuple[Way, Network]:
    plain = EAGER.build(source, folder)
    try:
        found = compare(
            [(way, partial(way.build, source, folder)) for way in ways], plain=(EAGER, plain)
        )
    except PermanentError:  # of a check input that the network could not see
        raise
    except Exception as error:  # noqa: BLE001 - what cannot be tried is computed plainly
        _log.warning("시험하지 못함 (ways not tried)", extra=fields(reason=kind_and_text(error)))
        return EAGER, plain
    try:
        keep_choice(folder, way=found.way.name, dice=found.dice, seconds=found.seconds)
    except OSError as error:
        _log_useless_cache(error)
    return found.way, found.built


def _mask(output: OutputSection, source: Source, activation: Activation, network: Network) -> Mask:
    with torch.inference_mode():
        found = activation(network(source.example))[0].float().cpu().numpy()
    return cut_off(found, output.threshold, output)


def _clock_for(device: str) -> Callable[[], float]:
    """A processor's own time: what else runs there at this moment must not decide for months."""
    return time.process_time if device == "cpu" else time.perf_counter
