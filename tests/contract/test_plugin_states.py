"""The plugin may not import the contract; this holds the two together."""

from dataclasses import asdict

from segrelay_contract.examples import example
from segrelay_plugin.states.request_state import parse_state


def test_the_plugin_reads_the_state_of_the_example() -> None:
    told = example("mirrored-state")
    assert asdict(parse_state(told)) == told
