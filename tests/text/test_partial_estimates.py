"""What is charged of a stream that broke off, and the tokens told beside it."""

from pathlib import Path

import httpx
import msgspec
import pytest

from grokgate.api.types.v1.money_pb2 import ChargeBasis
from tests.text.running import events, finished, running_house
from tests.xai.fake_transport import FakeTransport, Pieces

PROVIDER = ChargeBasis.CHARGE_BASIS_PROVIDER
PARTIAL = ChargeBasis.CHARGE_BASIS_PARTIAL_ESTIMATE


@pytest.mark.parametrize(
    "fault", ["eof-before-terminal", "error-event", "truncated-body", "no-usage"]
)
async def test_a_partial_estimate_tells_the_tokens_that_it_charges(
    tmp_path: Path, fault: str
) -> None:
    async with running_house(tmp_path) as house:
        end = finished(await events(house.ask(f"[sandbox:{fault}] [sandbox:words=50]")))
        [row] = await house.usage()
    assert (end.charge.basis, row.charge.basis) == (PARTIAL, PARTIAL)
    assert row.units.text.input_tokens == end.usage.input_tokens > 0
    assert row.units.text.output_tokens == end.usage.output_tokens > 0


async def test_a_failure_in_mid_answer_with_a_bill_tells_what_was_seen(tmp_path: Path) -> None:
    said = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hello " * 40}
    failure = {"type": "error", "status": 503, "message": "down", "usage": {"cost_in_usd_ticks": 7}}
    pieces = [b"data: %b\n\n" % msgspec.json.encode(event) for event in (said, failure)]
    response = httpx.Response(
        200, headers={"content-type": "text/event-stream"}, stream=Pieces(pieces)
    )
    async with running_house(tmp_path, transport=FakeTransport(response)) as house:
        end = finished(await events(house.ask()))
        [row] = await house.usage()
    assert (row.status, row.charge.basis, row.charge.usd_ticks) == ("failed", PROVIDER, 7)
    assert row.units.text.output_tokens == end.usage.output_tokens > 40


@pytest.mark.parametrize("words", [50, 500])
async def test_an_answer_without_counts_is_estimated_by_what_it_says(
    tmp_path: Path, words: int
) -> None:
    asked = f"[sandbox:words={words}] Sail."
    async with running_house(tmp_path) as house:
        truth = finished(await events(house.ask(asked)))
        guess = finished(await events(house.ask(f"[sandbox:no-usage] {asked}")))
    assert guess.usage.output_tokens == pytest.approx(truth.usage.output_tokens, rel=0.15)
    assert guess.charge.usd_ticks == pytest.approx(truth.charge.usd_ticks, rel=0.25)


async def test_a_bill_without_counts_tells_an_estimate_beside_it(tmp_path: Path) -> None:
    answer = {
        "id": "r",
        "status": "completed",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hello."}]}],
        "usage": {"cost_in_usd_ticks": 7},
    }
    response = httpx.Response(200, stream=Pieces([msgspec.json.encode(answer)]))
    async with running_house(tmp_path, transport=FakeTransport(response)) as house:
        end = finished(await events(house.ask()))
        [row] = await house.usage()
    assert (row.charge.basis, row.charge.usd_ticks) == (PROVIDER, 7)
    assert row.units.text.input_tokens == end.usage.input_tokens > 0
    assert row.units.text.output_tokens == end.usage.output_tokens == 2


async def test_a_billed_failure_before_the_answer_tells_the_prompt(tmp_path: Path) -> None:
    refused = {"error": "Content violates policy", "usage": {"cost_in_usd_ticks": 7}}
    response = httpx.Response(500, stream=Pieces([msgspec.json.encode(refused)]))
    async with running_house(tmp_path, transport=FakeTransport(response)) as house:
        end = finished(await events(house.ask()))
        [row] = await house.usage()
    assert row.charge.usd_ticks == end.charge.usd_ticks == 7
    assert row.units.text.input_tokens == end.usage.input_tokens > 0
    assert row.units.text.output_tokens == end.usage.output_tokens == 0
