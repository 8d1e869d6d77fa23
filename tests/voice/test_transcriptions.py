"""Transcription over the sandbox and over scripts: written down, and paid for to the tick."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from grokgate.api.billing.v1.billing_pb2 import HoldState
from grokgate.api.types.v1.money_pb2 import Charge, ChargeBasis
from grokgate.api.voice.v1.voice_pb2 import Channel, TranscribeRequest, Word
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.statuses import from_rpc_error
from tests.voice.audio import wav
from tests.voice.listening import ListeningTransport, transcript
from tests.voice.running import AUDIO_CEILING_BYTES, HOUR, House, config, running_house

FREE = Charge(basis=ChargeBasis.CHARGE_BASIS_NONE)
VOIDED = HoldState.HOLD_STATE_VOIDED
# What nothing can be read from.
NOISE = b"noise" * 100


def listed(usd_ticks: int) -> Charge:
    return Charge(usd_ticks=usd_ticks, basis=ChargeBasis.CHARGE_BASIS_PRICE_LIST)


def estimated(usd_ticks: int) -> Charge:
    return Charge(usd_ticks=usd_ticks, basis=ChargeBasis.CHARGE_BASIS_PARTIAL_ESTIMATE)


async def refusal(house: House, audio: bytes = NOISE, **fields: Any) -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        await house.transcribe(audio, **fields)
    return caught.value


@pytest.fixture(params=[False, True], ids=["in_process", "wire"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path, wire=request.param) as running:
        yield running


async def test_what_was_spoken_is_written_down_and_paid_by_its_length(house: House) -> None:
    spoken = await house.speak("Hello there, this is speech.", audio_format="wav")
    audio = [spoken.audio[at : at + 10_000] for at in range(0, len(spoken.audio), 10_000)]
    heard = await house.transcribe(audio, language="en", format=True, diarize=True, user="u-1")
    assert heard.id.startswith("transcript_")
    assert (heard.model, heard.language) == ("xai/grok-voice-stt", "en")
    assert heard.text == "Hello there, this is speech."
    assert [word.text for word in heard.words] == heard.text.split()
    assert all(word.start_us < word.end_us <= heard.duration_us for word in heard.words)
    assert heard.words[0].speaker == "0"
    # 24 000 samples of two bytes a second, after a header of 44 bytes, to the millisecond.
    assert heard.duration_us == (len(spoken.audio) - 44) // 48 * 1000
    row = (await house.usage())[0]
    assert (row.charge, row.status, row.user) == (heard.charge, "completed", "u-1")
    assert row.charge.basis == ChargeBasis.CHARGE_BASIS_PRICE_LIST
    assert row.charge.usd_ticks == house.sandbox.requests[-1].cost_usd_ticks
    assert row.units.transcription.duration_us == heard.duration_us
    assert abs(row.held_usd_ticks - row.charge.usd_ticks) < HOUR / 3600


async def test_upstream_gets_the_file_last_and_only_what_was_said(tmp_path: Path) -> None:
    transport = ListeningTransport(transcript(), transcript(), transcript())
    audio = bytes(range(256)) * 5000
    async with running_house(tmp_path, transport=transport) as house:
        await house.transcribe(audio)
        assert transport.upload.names == ["model", "file"]
        assert transport.upload.words == {"model": "grok-voice-transcribe-2.0"}
        assert transport.upload.parts["file"] == audio
        await house.transcribe(
            NOISE, audio_format="mp3", language="en", format=True, diarize=True, multichannel=True
        )
        assert transport.upload.names[-1] == "file"
        assert transport.upload.words == {
            "model": "grok-voice-transcribe-2.0",
            "language": "en",
            "format": "true",
            "diarize": "true",
            "multichannel": "true",
        }
        await house.transcribe(NOISE, audio_format="mulaw", sample_rate=8000, language="auto")
        assert transport.upload.words == {
            "model": "grok-voice-transcribe-2.0",
            "audio_format": "mulaw",
            "sample_rate": "8000",
        }


async def test_words_and_channels_keep_their_times_to_the_microsecond(tmp_path: Path) -> None:
    word = {"text": "Hi", "start": 0.1, "end": 0.3000005, "confidence": 0.5, "speaker": 1}
    said = Word(text="Hi", start_us=100_000, end_us=300_001, confidence=0.5, speaker="1")
    channel = {"index": 1, "text": "Hi", "language": "en", "words": [word]}
    transport = ListeningTransport(transcript(words=[word], channels=[channel]))
    async with running_house(tmp_path, transport=transport) as house:
        heard = await house.transcribe(NOISE, multichannel=True)
    assert list(heard.words) == [said]
    assert list(heard.channels) == [Channel(index=1, text="Hi", language="en", words=[said])]


@pytest.mark.parametrize(
    ("duration", "usd_ticks", "duration_us"),
    [
        ("12.34", 3_427_778, 12_340_000),
        ("60", 16_666_667, 60_000_000),
        ("0.1", 27_778, 100_000),
        ("3600.0", HOUR, 3_600_000_000),
        ("0", 0, 0),
        # What a float would have rounded elsewhere.
        ("1.0000005", 277_778, 1_000_001),
    ],
)
async def test_the_providers_length_is_charged_whatever_was_claimed(
    tmp_path: Path, duration: str, usd_ticks: int, duration_us: int
) -> None:
    body = f'{{"text":"Hi","duration":{duration}}}'
    transport = ListeningTransport(httpx.Response(200, content=body))
    async with running_house(tmp_path, transport=transport) as house:
        heard = await house.transcribe(NOISE, claimed_duration_us=1_000_000)
        assert (heard.duration_us, heard.charge) == (duration_us, listed(usd_ticks))
        row = await house.the_row()
    assert (row.held_usd_ticks, row.charge) == (277_778, listed(usd_ticks))
    assert row.units.transcription.duration_us == duration_us


@pytest.mark.parametrize("duration", [None, -1, "long", 1e300, True])
async def test_a_length_that_makes_no_sense_costs_what_was_held_and_alarms(
    tmp_path: Path, duration: Any, caplog: pytest.LogCaptureFixture
) -> None:
    transport = ListeningTransport(transcript(duration=duration))
    async with running_house(tmp_path, transport=transport) as house:
        heard = await house.transcribe(wav(3))
        assert (heard.text, heard.duration_us) == ("Hello.", 3_000_000)
        assert heard.charge == estimated(833_333)
        assert (await house.the_row()).status == "completed"
    assert "upstream told no believable duration" in caplog.messages


@pytest.mark.parametrize(
    ("audio", "fields", "held"),
    [
        (wav(3), {"claimed_duration_us": 1}, 833_333),
        (NOISE, {"claimed_duration_us": 12_000_000}, 3_333_333),
        (NOISE, {}, HOUR),
        (bytes(400_000), {"audio_format": "mp3", "claimed_duration_us": 1}, 2_777_778),
        (bytes(16_000), {"audio_format": "pcm", "sample_rate": 8000}, 277_778),
        (
            bytes(16_000),
            {"audio_format": "alaw", "sample_rate": 8000, "claimed_duration_us": 1},
            555_556,
        ),
    ],
    ids=["stated", "claimed", "default", "bytes", "pcm", "alaw"],
)
async def test_the_hold_is_sized_by_what_is_best_known(
    tmp_path: Path, audio: bytes, fields: dict[str, Any], held: int
) -> None:
    async with running_house(tmp_path, transport=ListeningTransport(transcript())) as house:
        await house.transcribe(audio, **fields)
        assert (await house.the_row()).held_usd_ticks == held


async def test_what_is_not_valid_is_refused_before_any_hold(house: House) -> None:
    assert (await refusal(house, model="grok-99")).reason is Reason.MODEL_NOT_FOUND
    assert (await refusal(house, model="grok-voice-tts")).reason is Reason.UNSUPPORTED_OPERATION
    assert (await refusal(house, format=True)).param == "language"
    empty = await refusal(house, b"")
    assert (empty.reason, empty.param) == (Reason.MISSING_PARAMETER, "file")
    large = await refusal(house, bytes(AUDIO_CEILING_BYTES + 1))
    assert (large.reason, large.param) == (Reason.BODY_TOO_LARGE, "file")
    house.key = ()
    assert (await refusal(house)).reason is Reason.MISSING_API_KEY
    assert house.sandbox.requests == []


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [TranscribeRequest(audio=b"x")],
        [TranscribeRequest()],
        [TranscribeRequest(config=config()), TranscribeRequest(config=config())],
        [TranscribeRequest(config=config()), TranscribeRequest()],
    ],
)
async def test_the_config_comes_first_and_once(
    house: House, requests: list[TranscribeRequest]
) -> None:
    with pytest.raises(GrokgateError) as caught:
        await house.send(*requests)
    assert caught.value.param == "config"
    assert await house.usage() == []


async def test_who_cannot_pay_is_not_listened_to(tmp_path: Path) -> None:
    transport = ListeningTransport()
    async with running_house(tmp_path, transport=transport, usd_ticks=833_332) as house:
        assert (await refusal(house, wav(3))).reason is Reason.INSUFFICIENT_BALANCE
    assert transport.bodies == []


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (httpx.Response(400, json={"code": "x", "error": "bad"}), Reason.PROVIDER_REJECTED),
        (httpx.Response(500), Reason.PROVIDER_ERROR),
        (httpx.Response(200, json={"error": "no"}), Reason.PROVIDER_ERROR),
        (httpx.Response(200, content=b"{"), Reason.PROVIDER_ERROR),
        (transcript(words=[{"text": "x", "start": -1, "end": 0}]), Reason.PROVIDER_ERROR),
        (httpx.ReadError("reset"), Reason.PROVIDER_ERROR),
    ],
)
async def test_a_failure_is_the_rpcs_own_and_free(
    tmp_path: Path, step: httpx.Response | Exception, reason: Reason
) -> None:
    async with running_house(tmp_path, transport=ListeningTransport(step)) as house:
        assert (await refusal(house)).reason is reason
        row = await house.the_row()
    assert (row.state, row.charge, row.void_reason) == (VOIDED, FREE, reason.lower())


async def test_a_failure_that_is_billed_is_in_the_answer_with_its_cost(tmp_path: Path) -> None:
    body = {"code": "x:content-moderated", "error": "No.", "usage": {"cost_in_usd_ticks": 77}}
    transport = ListeningTransport(httpx.Response(400, json=body))
    async with running_house(tmp_path, transport=transport) as house:
        heard = await house.transcribe(NOISE)
        assert (heard.failure.reason, heard.failure.message) == (Reason.CONTENT_MODERATED, "No.")
        assert heard.charge == Charge(usd_ticks=77, basis=ChargeBasis.CHARGE_BASIS_PROVIDER)
        assert (await house.the_row()).status == "failed"


async def leave(house: House, *, finished_sending: bool) -> None:
    """Send some audio, all of it if so told, and leave once the room has begun with it."""
    call = house.voice.Transcribe(metadata=house.key)
    await call.write(TranscribeRequest(config=config(claimed_duration_us=1_000_000)))
    await call.write(TranscribeRequest(audio=NOISE))
    if finished_sending:
        await call.done_writing()
        async with asyncio.timeout(5):
            while not await house.open_holds():  # noqa: ASYNC110  # it can only be asked
                await asyncio.sleep(0)
            while not house.wiring["upstream"]._transport.requests:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.parametrize("wire", [False, True], ids=["in_process", "wire"])
async def test_a_caller_that_leaves_while_it_sends_costs_nothing(
    tmp_path: Path,
    wire: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    transport = ListeningTransport()
    async with running_house(tmp_path, wire=wire, transport=transport) as house:
        await leave(house, finished_sending=False)
        assert await house.usage() == []
    assert transport.bodies == []


class SlowTransport(ListeningTransport):
    """Answers when it may."""

    def __init__(self, *steps: Any) -> None:
        super().__init__(*steps)
        self.may_answer = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        await self.may_answer.wait()
        return response


@pytest.mark.parametrize("wire", [False, True], ids=["in_process", "wire"])
async def test_a_caller_that_leaves_later_pays_as_if_it_had_stayed(
    tmp_path: Path,
    wire: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    transport = SlowTransport(transcript(duration=12.34))
    async with running_house(tmp_path, wire=wire, transport=transport) as house:
        await leave(house, finished_sending=True)
        transport.may_answer.set()
        row = await house.the_row()
    assert (row.charge, row.status) == (listed(3_427_778), "completed")


async def test_a_drain_past_its_limit_pays_for_what_was_held(tmp_path: Path) -> None:
    transport = SlowTransport(transcript())
    async with running_house(tmp_path, transport=transport, drain_limit=0) as house:
        await leave(house, finished_sending=True)
        row = await house.the_row()
    assert (row.charge, row.status) == (estimated(277_778), "incomplete")


async def test_two_are_heard_at_once_each_for_its_length(tmp_path: Path) -> None:
    transport = ListeningTransport(transcript(duration=1), transcript(duration=2))
    async with running_house(tmp_path, transport=transport) as house:
        heard = await asyncio.gather(house.transcribe(wav(1)), house.transcribe(wav(2)))
        assert {one.charge.usd_ticks for one in heard} == {277_778, 555_556}
        assert len(await house.usage()) == 2
    assert {len(body) for body in transport.bodies} == {
        len(wav(1)) + transport_overhead(transport),
        len(wav(2)) + transport_overhead(transport),
    }


def transport_overhead(transport: ListeningTransport) -> int:
    """The bytes of a form around its file."""
    return len(transport.bodies[-1]) - len(transport.upload.parts["file"])


async def test_a_deadline_ends_the_answer_and_not_the_call(tmp_path: Path) -> None:
    transport = SlowTransport(transcript())
    async with running_house(tmp_path, wire=True, transport=transport) as house:

        async def sending() -> AsyncIterator[TranscribeRequest]:
            yield TranscribeRequest(config=config())
            yield TranscribeRequest(audio=wav(3))

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await house.voice.Transcribe(sending(), metadata=house.key, timeout=0.5)
        assert from_rpc_error(caught.value).reason is Reason.TIMEOUT
        transport.may_answer.set()
        row = await house.the_row()
    assert (row.charge, row.status) == (listed(833_333), "completed")
