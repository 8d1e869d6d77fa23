"""A stream cut at any point: what was read is executed, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from grokgate.api.billing.v1.billing_pb2 import Command, ExecuteCommandsRequest
from grokgate.billing.books import Ledger
from grokgate.billing.callers import Callers
from grokgate.billing.command_streams import CommandStreams
from grokgate.billing.commands import AddCredit, IssueKey, KeyPolicy, OpenAccount, UsageFilter
from grokgate.billing.intake import Intake
from grokgate.billing.peppers import Peppers
from grokgate.billing.price_book import PriceBook
from grokgate.billing.teller import Teller
from grokgate.catalog.models import LiveCatalog, parse_catalog
from grokgate.chassis.ids import IdSource
from grokgate.chassis.secrets import Secret
from tests.billing.servicers.running import MODELS_TOML, PEPPERS, USD, hold_request
from tests.support.clock import FakeClock

KEY = Secret("llmtr-a-key")


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.db", FakeClock())
    peppers = Peppers(PEPPERS)
    await ledger.open()
    await ledger.execute(OpenAccount("acme", "", "olivia"))
    await ledger.execute(AddCredit("c1", "acme", 100 * USD, "olivia"))
    await ledger.execute(
        IssueKey(
            key_id="key_1",
            account_id="acme",
            name="",
            display="",
            key_hash=peppers.hash(KEY),
            pepper_id=peppers.current_id,
            policy=KeyPolicy(),
            operator="olivia",
        )
    )
    yield ledger
    await ledger.close()


def streams_on(ledger: Ledger) -> CommandStreams:
    clock = FakeClock()
    callers = Callers(ledger, Peppers(PEPPERS), clock, IdSource(clock))
    prices = PriceBook(LiveCatalog(parse_catalog(MODELS_TOML)), ledger)
    return CommandStreams(Teller(Intake(callers, prices, 120_000), ledger))


async def test_what_was_read_before_the_cut_is_executed_wherever_the_cut_is(
    ledger: Ledger,
) -> None:
    ids = IdSource(FakeClock())
    seen: set[int] = set()
    for steps in range(40):
        streams = streams_on(ledger)
        taken: list[str] = []

        async def messages(taken: list[str] = taken) -> AsyncIterator[ExecuteCommandsRequest]:
            for number in range(3):
                request = hold_request(ids, KEY.reveal())
                await asyncio.sleep(0)  # as a socket would
                taken.append(request.hold_id)
                yield ExecuteCommandsRequest(
                    commands=[Command(sequence=number, place_hold=request)]
                )

        async def consume(streams: CommandStreams = streams) -> None:
            async for response in streams.answers("text", messages()):
                assert response.results[0].HasField("place_hold")

        consumer = asyncio.create_task(consume())
        for _ in range(steps):
            await asyncio.sleep(0)
        consumer.cancel()
        await asyncio.wait([consumer])
        await streams.stop(10)
        rows, _ = await ledger.list_usage(UsageFilter(limit=1_000))
        assert {row.hold_id for row in rows} >= set(taken)
        seen.add(len(taken))
    assert {0, 3} < seen
    assert (await ledger.verify()).problems == ()


async def test_reading_ahead_is_bounded_while_answers_are_not_taken(ledger: Ledger) -> None:
    ids = IdSource(FakeClock())
    streams = streams_on(ledger)
    taken: list[str] = []
    started = asyncio.Event()

    async def messages() -> AsyncIterator[ExecuteCommandsRequest]:
        while True:
            request = hold_request(ids, KEY.reveal())
            taken.append(request.hold_id)
            if len(taken) > 32:
                started.set()
            yield ExecuteCommandsRequest(commands=[Command(sequence=1, place_hold=request)])

    answers = streams.answers("text", messages())
    await anext(answers)
    await started.wait()
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(taken) == 33
    await answers.aclose()
    await streams.stop(10)
