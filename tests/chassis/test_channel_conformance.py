"""The in-process channel behaves as a channel over a wire: both give the same traces."""

import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType

import pytest

from tests.chassis import ending_scenarios, stream_scenarios, unary_scenarios
from tests.chassis.conformance import Join, in_process, wire

Scenario = Callable[[Join], Awaitable[object]]


def scenarios(module: ModuleType) -> list[Scenario]:
    """The public coroutine functions that a module defines."""
    return [
        found
        for name, found in vars(module).items()
        if inspect.iscoroutinefunction(found)
        and found.__module__ == module.__name__
        and list(inspect.signature(found).parameters) == ["join"]
    ]


@pytest.mark.parametrize(
    "scenario",
    [*scenarios(unary_scenarios), *scenarios(stream_scenarios), *scenarios(ending_scenarios)],
    ids=lambda scenario: scenario.__name__,
)
async def test_in_process_gives_the_trace_of_the_wire(scenario: Scenario) -> None:
    assert await scenario(in_process) == await scenario(wire)
