"""Says what is wrong with a result; a demo that could not fail would show nothing."""

from typing import Final

from demo.comparison import Comparison
from demo.result_line import total_volume_ml
from segrelay_contract.requests import RequestView
from segrelay_contract.status import RequestStatus

LEAST_DICE: Final = 0.999
# Positions and spacings travel as decimal texts of 16 characters, so volumes differ a little.
_VOLUME_TOLERANCE: Final = 1e-4


def request_problem(view: RequestView) -> str | None:
    """Why a request that has ended brought no result; None if it did."""
    if view.status == RequestStatus.COMPLETED and view.result is not None:
        return None
    why = view.problem.error if view.problem else "No reason is given."
    return f"The request ended as {view.status}. {why}"


def result_problem(view: RequestView, comparison: Comparison) -> str | None:
    """How the stored segmentation fails the comparison with the reference; None if it holds."""
    if comparison.dice < LEAST_DICE:
        return (
            "The stored segmentation is not the reference's: "
            f"Dice {comparison.dice:.6f}, {comparison.voxels_different} voxels differ."
        )
    reported_ml = total_volume_ml(view.result) if view.result else 0.0
    if abs(reported_ml - comparison.volume_ml) > _VOLUME_TOLERANCE * comparison.volume_ml:
        return (
            f"The worker reported {reported_ml:.3f} ml, "
            f"but {comparison.volume_ml:.3f} ml are stored."
        )
    return None
