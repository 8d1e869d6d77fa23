"""The meter: commands leave in batches, and each gets its result whatever the stream does."""

import asyncio
import gc
import random
import weakref
from itertools import count

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.metering.meter import Meter
from tests.metering.fake_billing import FakeBilling
from tests.metering.fake_ledger import POSTED, VOIDED, FakeHold, FakeLedger
from tests.metering.lines import Line
from tests.metering.running import (
    CREDENTIALS,
    at_once,
    place,
    place_all,
    release,
    running_holds,
    running_meter,
    settlement,
)

FIRST, SECOND, THIRD = "0001", "0002", "0003"


async def test_commands_queued_together_leave_as_one_message(
    line: Line, billing: FakeBilling
) -> None:
    async with running_meter(line) as meter:
        results = await place_all(meter, FIRST, SECOND, THIRD)
    assert [result.place_hold.account_id for result in results] == ["acme"] * 3
    assert [len(message) for message in billing.messages] == [3]


async def test_a_long_queue_leaves_as_messages_of_bounded_size(
    line: Line, billing: FakeBilling
) -> None:
    hold_ids = [f"{number:04}" for number in range(1000)]
    async with running_meter(line) as meter:
        await place_all(meter, *hold_ids)
    assert max(len(message) for message in billing.messages) <= 256
    assert [command.place_hold.hold_id for command in billing.commands] == hold_ids


async def test_the_stream_carries_the_service_credential(line: Line, billing: FakeBilling) -> None:
    async with running_meter(line) as meter:
        await meter.place(place(FIRST))
    assert dict(CREDENTIALS).items() <= billing.metadata.items()


async def test_every_result_finds_its_command_in_whatever_order_it_comes(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    billing.answers_backwards = True
    ledger.holds[SECOND] = FakeHold(None, VOIDED)
    async with running_meter(line) as meter:
        first, second, third = await place_all(meter, FIRST, SECOND, THIRD)
    assert [result.HasField("error") for result in (first, second, third)] == [False, True, False]


async def test_a_result_that_comes_twice_is_taken_once(line: Line, billing: FakeBilling) -> None:
    billing.answers_twice = True
    async with running_meter(line) as meter:
        await place_all(meter, FIRST, SECOND)
        await meter.send(release(FIRST))
    assert billing.streams == 1


async def test_commands_cut_before_their_answer_are_sent_again_once_each_and_in_order(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    billing.cuts = 2
    async with running_meter(line, pause=at_once) as meter:
        results = await place_all(meter, FIRST, SECOND, THIRD)
    assert [result.place_hold.account_id for result in results] == ["acme"] * 3
    asked = [(command.sequence, command.place_hold.hold_id) for command in billing.commands]
    assert asked == 3 * [(1, FIRST), (2, SECOND), (3, THIRD)]
    assert len(ledger.placed) == 3


async def test_commands_queued_during_a_cut_follow_those_that_are_sent_again(
    line: Line, billing: FakeBilling
) -> None:
    billing.answering.clear()
    async with running_meter(line, pause=at_once, answer_timeout_s=0.05) as meter:
        first = asyncio.create_task(meter.place(place(FIRST)))
        await billing.until(lambda: billing.commands)
        ending = meter.send(release(FIRST))
        await billing.until(lambda: billing.streams == 2)
        billing.answering.set()
        assert (await first).place_hold.account_id == "acme"
        assert (await ending).release_hold.state == VOIDED
    assert billing.kinds == ["place_hold", "place_hold", "release_hold"]


async def test_a_stream_that_hangs_is_hung_up_and_its_commands_are_sent_again(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    billing.answering.clear()
    async with running_meter(line, answer_timeout_s=0.02, pause=at_once) as meter:
        placing = asyncio.create_task(meter.place(place(FIRST)))
        await billing.until(lambda: billing.streams == 3)
        billing.answering.set()
        assert (await placing).place_hold.account_id == "acme"
    assert len(ledger.placed) == 1


async def test_a_quiet_stream_is_kept(line: Line, billing: FakeBilling) -> None:
    async with running_meter(line, answer_timeout_s=0.005, pause=at_once):
        await billing.until(lambda: billing.streams)
        streams = billing.streams
        await asyncio.sleep(0.1)  # twenty chances to hang up
        assert billing.streams == streams


async def test_a_busy_stream_is_kept(line: Line, billing: FakeBilling) -> None:
    async def worker(name: str) -> None:
        for number in count():
            await meter.place(place(f"{name}-{number}"))

    async with running_meter(line, answer_timeout_s=0.05, pause=at_once) as meter:
        await meter.place(place(FIRST))
        workers = [asyncio.create_task(worker(str(number))) for number in range(8)]
        streams = billing.streams
        await asyncio.sleep(0.5)  # ten chances to hang up; a slow machine may take one or two
        assert billing.streams < streams + 4
        for one in workers:
            one.cancel()
        await asyncio.wait(workers)


@pytest.mark.parametrize("commits", [False, True])
async def test_commands_that_billings_store_fails_are_sent_until_they_are_taken(
    line: Line, billing: FakeBilling, ledger: FakeLedger, *, commits: bool
) -> None:
    async with running_meter(line, pause=at_once) as meter:
        await meter.place(place(FIRST))
        billing.put_offs = 3
        billing.commits_what_it_puts_off = commits
        settle = settlement()
        settle.hold_id = FIRST
        settled, second = await asyncio.gather(meter.send(settle), meter.place(place(SECOND)))
    assert settled.settle_hold.state == POSTED
    assert second.place_hold.account_id == "acme"
    assert ledger.holds[FIRST].endings == [settle]
    assert ledger.holds[FIRST].late is False


async def test_reconnecting_slows_down_and_is_fast_again_after_a_stream_that_worked(
    dead_line: Line, billing: FakeBilling
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            await dead_line.start()
        await asyncio.sleep(0)

    async with running_meter(dead_line, pause=pause) as meter:
        await meter.place(place(FIRST))
        while_down = list(pauses)
        billing.cuts = 3
        await meter.place(place(SECOND))
    assert while_down[:8] == [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0]
    assert pauses[len(while_down) :] == [0.05, 0.1, 0.2]


async def test_a_place_given_up_before_it_was_sent_is_dropped(
    dead_line: Line, billing: FakeBilling
) -> None:
    async with running_meter(dead_line, pause=at_once) as meter:
        placing = asyncio.create_task(meter.place(place(FIRST)))
        await asyncio.sleep(0)
        placing.cancel()
        await asyncio.wait([placing])
        await dead_line.start()
        await billing.until(lambda: billing.streams)
        await meter.place(place(SECOND))
    sent = [[command.place_hold.hold_id for command in message] for message in billing.messages]
    assert sent == [[SECOND]]


async def test_a_place_given_up_after_it_was_sent_is_released(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    billing.answering.clear()
    async with running_meter(line) as meter:
        placing = asyncio.create_task(meter.place(place(FIRST)))
        await billing.until(lambda: ledger.placed)
        streams = billing.streams
        placing.cancel()
        await asyncio.wait([placing])
        billing.answering.set()
    assert ledger.holds[FIRST].state == VOIDED
    assert ledger.holds[FIRST].ending.void_reason == "cancelled"
    assert billing.streams == streams


async def test_at_the_ceiling_no_hold_begins_but_endings_are_still_taken(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async with running_meter(line, backlog_ceiling=2) as meter:
        await meter.place(place(FIRST))
        billing.answering.clear()
        waiting = [asyncio.create_task(meter.place(place(hold_id))) for hold_id in (SECOND, THIRD)]
        await billing.until(lambda: len(ledger.placed) == 3)
        with pytest.raises(GrokgateError) as refusal:
            await meter.place(place("0004"))
        ending = meter.send(release(FIRST))
        billing.answering.set()
        await asyncio.gather(ending, *waiting)
        await meter.place(place("0005"))
    assert refusal.value.reason == Reason.OVERLOADED
    assert ledger.holds[FIRST].state == VOIDED
    assert "0004" not in ledger.holds


async def test_stop_waits_until_endings_are_taken_and_then_hangs_up(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async with running_meter(line) as meter:
        await meter.place(place(FIRST))
        billing.answering.clear()
        meter.send(release(FIRST))
        stopping = asyncio.create_task(meter.stop(10))
        await billing.until(lambda: not ledger.open)
        assert not stopping.done()
        billing.answering.set()
        await stopping
        await billing.until(lambda: not billing.open_streams)


async def test_a_stop_past_its_grace_logs_the_settlements_that_are_lost(
    line: Line, billing: FakeBilling, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_meter(line, grace_s=0) as meter:
        await meter.place(place(FIRST))
        billing.answering.clear()
        lost = settlement(usd_ticks=4321)
        lost.hold_id = FIRST
        meter.send(lost)
        meter.send(release(SECOND))
    [message] = [record for record in caplog.records if "is lost" in record.message]
    assert FIRST in vars(message)["settlement"]
    assert "4321" in vars(message)["settlement"]


async def test_a_meter_may_be_stopped_that_was_never_started(
    line: Line, billing: FakeBilling
) -> None:
    await Meter(line.channel, CREDENTIALS).stop(0)
    assert billing.streams == 0


async def test_nothing_is_kept_of_a_command_after_its_result(line: Line) -> None:
    async with running_meter(line) as meter:
        await meter.place(place(FIRST))
        result = meter.send(release(FIRST))
        await result
        kept = weakref.ref(result)
        del result
        await asyncio.sleep(0)  # the event loop lets go of what it just called
        gc.collect()
        assert kept() is None


@pytest.mark.parametrize("seed", range(4))
async def test_through_a_storm_every_hold_ends_once(
    line: Line, billing: FakeBilling, ledger: FakeLedger, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a seed that a failure names

    async def disturb(_: float) -> None:
        billing.cuts = chance.choice((0, 0, 1))
        billing.put_offs = chance.choice((0, 0, 1))
        billing.answers_backwards = chance.choice((False, True))
        await asyncio.sleep(0)

    async with (
        running_meter(line, pause=disturb) as meter,
        running_holds(meter) as holds,
    ):

        async def call() -> None:
            for _ in range(chance.randrange(5)):
                await asyncio.sleep(0)
            async with holds.place(place()) as hold:
                billing.cuts += chance.random() < 0.1
                await asyncio.sleep(0)
                if chance.random() < 0.7:
                    await hold.settle(settlement())

        calls = [asyncio.create_task(call()) for _ in range(150)]
        for one in chance.sample(calls, 30):
            await asyncio.sleep(0)
            one.cancel()
        await asyncio.wait(calls)
        failures = [one.exception() for one in calls if not one.cancelled()]
        assert [failure for failure in failures if failure] == []
        billing.cuts = billing.put_offs = 0
    ledger.check()
    assert billing.streams > 1
