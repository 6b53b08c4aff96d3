from __future__ import annotations

import weakref

import pytest

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.warning_codes import WarningCode
from segrelay_worker.errors import TransientError
from segrelay_worker.segmenters.limits_section import LimitsSection
from segrelay_worker.segmenters.manifest import WindowSection
from segrelay_worker.segmenters.memory_ladder import Run, first_that_fits, given_up, ladder

FOUR = WindowSection(size=(128, 96, 64), batch=4)
ALLOWING = LimitsSection(smallest_window=(48, 48, 48), half_precision=True)
NOTHING = LimitsSection()

Rung = tuple[str, int, tuple[int, int, int], bool]


def told(run: Run) -> Rung:
    assert run.window is not None
    return run.device, run.window.batch, run.window.size, run.half_precision


class NeedsMemory:
    """Takes as many bytes as its run has voxels at a time, of a device that has so many."""

    def __init__(self, **free: int) -> None:
        self.free = free
        self.tried: list[Run] = []

    def __call__(self, run: Run) -> str:
        self.tried.append(run)
        assert run.window is not None
        x, y, z = run.window.size
        needed = run.window.batch * x * y * z // (2 if run.half_precision else 1)
        if needed > self.free[run.device]:
            raise MemoryError(f"tried to allocate {needed}")
        return "result"


def climbed(network: NeedsMemory, rungs: tuple[Run, ...]) -> Run:
    result, used = first_that_fits(
        rungs, network, is_shortage=lambda error: isinstance(error, MemoryError), free=lambda: None
    )
    assert result == "result"
    return used


def test_it_goes_from_fewer_windows_over_smaller_ones_and_half_precision_to_the_other_device() -> (
    None
):
    rungs = ladder(Run("cuda:0", FOUR), ALLOWING, "cpu")
    assert [told(run) for run in rungs] == [
        ("cuda:0", 4, (128, 96, 64), False),
        ("cuda:0", 2, (128, 96, 64), False),
        ("cuda:0", 1, (128, 96, 64), False),
        ("cuda:0", 1, (64, 48, 48), False),
        ("cuda:0", 1, (48, 48, 48), False),
        ("cuda:0", 1, (48, 48, 48), True),
        ("cpu", 1, (128, 96, 64), False),
    ]


def test_what_nobody_allows_is_not_tried() -> None:
    assert [told(run)[1] for run in ladder(Run("cuda:0", FOUR), NOTHING, None)] == [4, 2, 1]
    assert ladder(Run("cuda:0", None), NOTHING, None) == (Run("cuda:0", None),)
    assert ladder(Run("cpu", None), ALLOWING, "cpu") == (Run("cpu", None),)


def test_a_network_without_windows_may_take_half_precision_and_the_other_device() -> None:
    assert ladder(Run("cuda:0", None), ALLOWING, "cpu") == (
        Run("cuda:0", None),
        Run("cuda:0", None, half_precision=True),
        Run("cpu", None),
    )


def test_a_window_smaller_than_the_smallest_one_does_not_grow() -> None:
    small = WindowSection(size=(32, 128, 32))
    sizes = [told(run)[2] for run in ladder(Run("cpu", small), ALLOWING, None)]
    assert sizes == [(32, 128, 32), (32, 64, 32), (32, 48, 32)]


@pytest.mark.parametrize(
    ("free", "codes"),
    [
        ({"cuda:0": 10**9, "cpu": 0}, []),
        ({"cuda:0": 128 * 96 * 64 * 2, "cpu": 0}, [WarningCode.WINDOW_BATCH_REDUCED]),
        (
            {"cuda:0": 48**3, "cpu": 0},
            [WarningCode.WINDOW_BATCH_REDUCED, WarningCode.WINDOWS_REDUCED],
        ),
        (
            {"cuda:0": 48**3 // 2, "cpu": 0},
            [
                WarningCode.WINDOW_BATCH_REDUCED,
                WarningCode.WINDOWS_REDUCED,
                WarningCode.HALF_PRECISION_USED,
            ],
        ),
        (
            {"cuda:0": 0, "cpu": 128 * 96 * 64},
            [WarningCode.WINDOW_BATCH_REDUCED, WarningCode.OTHER_DEVICE_USED],
        ),
    ],
)
def test_the_first_run_that_fits_is_used_and_a_result_says_what_it_gave_up(
    free: dict[str, int], codes: list[WarningCode]
) -> None:
    rungs = ladder(Run("cuda:0", FOUR), ALLOWING, "cpu")
    network = NeedsMemory(**free)
    used = climbed(network, rungs)
    assert network.tried == list(rungs[: rungs.index(used) + 1])
    assert [mended.code for mended in given_up(rungs[0], used)] == codes


def test_what_was_given_up_reads_as_a_sentence() -> None:
    used = Run("cpu", WindowSection(size=(48, 48, 48)))
    batch, windows, device = given_up(Run("cuda:0", FOUR), used)
    assert "4 windows at a time; the model was shown 1." in batch.sentence
    assert "windows of 128 × 96 × 64 voxels" in windows.sentence
    assert device.sentence.endswith("too little memory on cuda:0; the model ran on cpu.")


def test_when_nothing_fits_the_error_names_the_device_and_passes() -> None:
    rungs = ladder(Run("cuda:0", FOUR), ALLOWING, "cpu")
    network = NeedsMemory(**{"cuda:0": 0, "cpu": 0})
    with pytest.raises(TransientError, match="device cuda:0 has too little") as caught:
        climbed(network, rungs)
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY
    assert caught.value.detail == f"tried to allocate {128 * 96 * 64}"
    assert network.tried == list(rungs)


def test_another_error_ends_the_tries() -> None:
    tried = []

    def fail(run: Run) -> str:
        tried.append(run)
        raise ValueError("no memory could help")

    with pytest.raises(ValueError, match="no memory"):
        first_that_fits(
            ladder(Run("cuda:0", FOUR), ALLOWING, "cpu"),
            fail,
            is_shortage=lambda error: isinstance(error, MemoryError),
            free=lambda: None,
        )
    assert len(tried) == 1


class Tensor:
    """Fills the memory as long as anybody holds it."""


def test_what_a_failed_run_held_is_free_before_the_next_one_begins() -> None:
    held: list[weakref.ref[Tensor]] = []

    def run(rung: Run) -> str:
        assert not any(tensor() for tensor in held)
        tensor = Tensor()
        held.append(weakref.ref(tensor))
        if len(held) < 3:
            raise MemoryError
        return "result"

    rungs = ladder(Run("cuda:0", FOUR), NOTHING, None)
    first_that_fits(rungs, run, is_shortage=lambda _: True, free=lambda: None)
    assert len(held) == 3
