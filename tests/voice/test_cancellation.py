"""Voice calls that are cut wherever they wait: each hold ends once, and pays if it must."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from grokgate.api.billing.v1.account_pb2 import UsageRow
from grokgate.api.billing.v1.billing_pb2 import HoldState
from grokgate.api.types.v1.money_pb2 import Charge, ChargeBasis
from grokgate.api.voice.v1.voice_pb2 import TranscribeRequest
from grokgate.metering.paid_streams import PaidStreams
from grokgate.voice.speech.speech import Speech
from grokgate.voice.transcription.transcriptions import Transcriptions
from tests.metering.cancellation import CancelledAt, Moment
from tests.voice.audio import wav
from tests.voice.listening import ListeningTransport
from tests.voice.running import CHARACTER, House, config, running_house, speech

POSTED = HoldState.HOLD_STATE_POSTED
VOIDED = HoldState.HOLD_STATE_VOIDED
LIST = ChargeBasis.CHARGE_BASIS_PRICE_LIST
PARTIAL = ChargeBasis.CHARGE_BASIS_PARTIAL_ESTIMATE

AUDIO = wav(3)


class CutCalls:
    """Runs work that is cancelled at its n-th suspension."""

    def __init__(self, suspension: int, moment: Moment) -> None:
        self._suspension = suspension
        self._moment = moment

    async def run(self, work: Coroutine[Any, Any, object], _owner: str) -> object:
        return await CancelledAt(work, self._suspension, self._moment)


class UncutCalls:
    """Runs work as it is."""

    async def run(self, work: Coroutine[Any, Any, object], _owner: str) -> object:
        return await work


class Answer(httpx.AsyncByteStream):
    """A body that lets others run between its pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
            await asyncio.sleep(0)


class Upstream(ListeningTransport):
    """Answers for ever, and lets others run before it does."""

    def __init__(self, media_type: str, *pieces: bytes) -> None:
        headers = {"content-type": media_type}
        super().__init__(
            *(httpx.Response(200, headers=headers, stream=Answer(*pieces)) for _ in range(99))
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        response = await super().handle_async_request(request)
        await asyncio.sleep(0)
        return response


def speaking_upstream() -> Upstream:
    return Upstream("audio/mpeg", b"one", b"two")


def listening_upstream() -> Upstream:
    return Upstream("application/json", b'{"text":"Hi",', b'"duration":3}')


async def taken(_message: object) -> None:
    """A reader that is always ready."""


def context(house: House) -> Any:
    return SimpleNamespace(invocation_metadata=lambda: house.key, write=taken)


async def sending() -> AsyncIterator[TranscribeRequest]:
    yield TranscribeRequest(config=config())
    for start in range(0, len(AUDIO), 30_000):
        await asyncio.sleep(0)
        yield TranscribeRequest(audio=AUDIO[start : start + 30_000])


def speaking(house: House, calls: Any) -> Coroutine[Any, Any, object]:
    streams = PaidStreams(calls)
    paid_work: Any = SimpleNamespace(holds=house.paid_work.holds, streams=streams)
    subject = Speech(paid_work=paid_work, max_characters=None, **house.wiring)
    return subject.speak(speech("A text of some length."), context(house))


def listening(house: House, calls: Any, folder: Path) -> Coroutine[Any, Any, object]:
    paid_work: Any = SimpleNamespace(holds=house.paid_work.holds, calls=calls)
    subject = Transcriptions(
        paid_work=paid_work, spool_folder=folder, audio_ceiling_bytes=len(AUDIO), **house.wiring
    )
    return subject.transcribe(sending(), context(house))


async def was_cut(call: Any) -> bool:
    """Whether a call was cut before it ended."""
    running = asyncio.ensure_future(call)
    await asyncio.wait([running])
    if running.cancelled():
        return True
    running.result()
    return False


def endings(rows: list[UsageRow]) -> list[tuple[Charge, str]]:
    """How the calls ended, the first first; none that was voided comes after one that was not."""
    in_order = rows[::-1]
    voided = [row for row in in_order if row.state == VOIDED]
    assert voided == in_order[: len(voided)]
    rest = in_order[len(voided) :]
    assert {row.state for row in rest} == {POSTED}
    return [(row.charge, row.status) for row in rest]


@pytest.mark.parametrize("moment", Moment)
async def test_wherever_speech_is_cut_its_hold_ends_once_and_pays_if_it_must(
    tmp_path: Path, moment: Moment
) -> None:
    rows: list[UsageRow] = []
    async with running_house(tmp_path, transport=speaking_upstream()) as house:
        for suspension in count():
            cut = await was_cut(speaking(house, CutCalls(suspension, moment)))
            rows = await house.usage()
            if not cut:
                break
    price = 22 * CHARACTER
    ends = endings(rows)
    assert ends[0] == (Charge(usd_ticks=price, basis=PARTIAL), "incomplete")
    assert (Charge(usd_ticks=price, basis=LIST), "incomplete") in ends
    assert ends[-1] == (Charge(usd_ticks=price, basis=LIST), "completed")
    assert {charge.usd_ticks for charge, _ in ends} == {price}


@pytest.mark.parametrize("moment", Moment)
async def test_wherever_transcription_is_cut_its_hold_ends_once_and_pays_if_it_must(
    tmp_path: Path, moment: Moment
) -> None:
    rows: list[UsageRow] = []
    async with running_house(tmp_path, transport=listening_upstream()) as house:
        for suspension in count():
            cut = await was_cut(listening(house, CutCalls(suspension, moment), tmp_path))
            rows = await house.usage()
            if not cut:
                break
    ends = endings(rows)
    assert ends[0] == (Charge(usd_ticks=833_333, basis=PARTIAL), "incomplete")
    assert ends[-1] == (Charge(usd_ticks=833_333, basis=LIST), "completed")
    assert {charge.usd_ticks for charge, _ in ends} == {833_333}


@pytest.mark.parametrize("moment", Moment)
async def test_wherever_a_sender_leaves_it_costs_nothing_until_all_is_sent(
    tmp_path: Path, moment: Moment
) -> None:
    upstream = listening_upstream()
    async with running_house(tmp_path, transport=upstream) as house:
        for suspension in count():
            call = CancelledAt(listening(house, UncutCalls(), tmp_path), suspension, moment)
            cut = await was_cut(call)
            rows = await house.usage()
            if rows:
                break
            assert cut
            assert upstream.bodies == []
    assert suspension > len(AUDIO) // 30_000
