"""The only reader of the demo's environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from demo.errors import WrongSettingError

# Programs are started with these and nothing else of the caller's environment, so that neither a
# proxy nor somebody's Django settings get between them.
_HANDED_ON = ("HOME", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS")
_ONCE = {"": False, "0": False, "1": True}


@dataclass(frozen=True)
class Settings:
    """What the person who starts the demo may choose.

    Attributes:
        once: Stop after the result was checked, and print it as one line of JSON.
        own_model: A model package of their own, as the worker's MODEL_PATH; None for the demo's.
        device: Where the model runs, as the worker's DEVICE.
        handed_on: Variables that every started program gets.
    """

    once: bool
    own_model: str | None
    device: str
    handed_on: Mapping[str, str]


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the environment once.

    Raises:
        WrongSettingError: names the variable, what it holds and what it should hold.
    """
    once = environment.get("ONCE", "")
    if once not in _ONCE:
        raise WrongSettingError(f"ONCE is {once!r}. Set it to 1 to stop after the result, or to 0.")
    return Settings(
        once=_ONCE[once],
        own_model=environment.get("MODEL_PATH") or None,
        device=environment.get("DEVICE") or "cpu",
        handed_on={name: environment[name] for name in _HANDED_ON if name in environment},
    )
