from demo.comparison import Comparison
from demo.verdict import request_problem, result_problem
from segrelay_contract.examples import example
from segrelay_contract.requests import RequestAnswer, RequestView


def view(name: str) -> RequestView:
    return RequestAnswer.model_validate(example(name)).request


def comparison(dice: float, volume_ml: float = 1956.468) -> Comparison:
    return Comparison(
        dice=dice, voxels_different=4000, reference_volume_ml=1956.468, volume_ml=volume_ml
    )


def test_a_completed_request_is_no_problem() -> None:
    assert request_problem(view("request-answer-completed")) is None


def test_a_failed_request_is_told_with_its_reason() -> None:
    problem = request_problem(view("request-answer-failed"))
    assert problem is not None
    assert problem.startswith("The request ended as failed. The pixels of image number 17")


def test_a_cancelled_request_is_a_problem_too() -> None:
    cancelled = view("request-answer-failed").model_copy(
        update={"status": "cancelled", "problem": None}
    )
    assert request_problem(cancelled) == "The request ended as cancelled. No reason is given."


def test_a_dice_of_0_999_is_the_least() -> None:
    completed = view("request-answer-completed")
    assert [result_problem(completed, comparison(dice)) for dice in (1.0, 0.999)] == [None, None]
    problem = result_problem(completed, comparison(0.99899))
    assert problem is not None
    assert "Dice 0.998990, 4000 voxels differ" in problem


def test_a_volume_that_is_not_the_stored_one_is_a_problem() -> None:
    problem = result_problem(view("request-answer-completed"), comparison(1.0, volume_ml=1900.0))
    assert problem == "The worker reported 1956.468 ml, but 1900.000 ml are stored."
