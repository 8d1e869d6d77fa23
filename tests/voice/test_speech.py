"""Speech over the sandbox and over scripts: heard at once, and paid for to the tick."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import msgspec
import pytest

from grokgate.api.billing.v1.billing_pb2 import HoldState
from grokgate.api.types.v1.money_pb2 import Charge, ChargeBasis
from grokgate.api.voice.v1.voice_pb2 import ListVoicesRequest, SpeakResponse
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.xai.timeouts import Timeouts
from tests.voice.running import CHARACTER, House, SpeakCall, running_house
from tests.xai.fake_transport import FakeTransport, Pieces, Step

FREE = Charge(basis=ChargeBasis.CHARGE_BASIS_NONE)
PARTIAL = ChargeBasis.CHARGE_BASIS_PARTIAL_ESTIMATE
VOIDED = HoldState.HOLD_STATE_VOIDED


def listed(characters: int) -> Charge:
    return Charge(usd_ticks=characters * CHARACTER, basis=ChargeBasis.CHARGE_BASIS_PRICE_LIST)


def sounding(*pieces: bytes | Exception | None, media_type: str = "audio/mpeg") -> FakeTransport:
    return FakeTransport(
        httpx.Response(200, headers={"content-type": media_type}, stream=Pieces(pieces))
    )


async def refusal(house: House, text: str = "Hello.", **fields: Any) -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        await house.speak(text, **fields)
    return caught.value


async def next_message(call: SpeakCall) -> SpeakResponse:
    async with asyncio.timeout(10):
        message = await call.read()
    assert isinstance(message, SpeakResponse), "the stream has ended"
    return message


async def rest(call: SpeakCall) -> None:
    while await call.read() is not grpc.aio.EOF:
        pass


@pytest.fixture(params=[False, True], ids=["in_process", "wire"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path, wire=request.param) as running:
        yield running


async def test_a_text_is_spoken_and_its_price_is_told_beforehand(house: House) -> None:
    said = await house.speak("Hello there, this is speech.", user="u-1")
    assert said.audio[:2] in {b"\xff\xf3", b"\xff\xfb", b"ID"}
    started = said.started
    assert started.id.startswith("speech_")
    assert (started.model, started.content_type) == ("xai/grok-voice-tts", "audio/mpeg")
    assert started.charge == listed(28)
    assert not said.finished.HasField("failure")
    row = await house.the_row()
    assert (row.charge, row.held_usd_ticks, row.status) == (listed(28), 28 * CHARACTER, "completed")
    assert (row.units.speech.characters, row.user) == (28, "u-1")
    [received] = house.sandbox.requests
    assert (received.path, received.cost_usd_ticks) == ("/v1/tts", 28 * CHARACTER)
    assert received.json() == {
        "text": "Hello there, this is speech.",
        "language": "auto",
        "voice_id": "eve",
        "output_format": {"codec": "mp3", "sample_rate": 24_000, "bit_rate": 128_000},
    }


async def test_every_option_reaches_upstream(house: House) -> None:
    said = await house.speak(
        "Hi", voice="Leo", language="en", audio_format="mulaw", speed=1.25, sample_rate=8000
    )
    assert said.started.content_type == "audio/basic"
    [received] = house.sandbox.requests
    assert received.json() == {
        "text": "Hi",
        "language": "en",
        "voice_id": "leo",
        "output_format": {"codec": "mulaw", "sample_rate": 8000},
        "speed": 1.25,
    }


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("abc", 3),
        ("👩‍👩‍👧", 5),
        ("e\u0301", 2),
        ("\u00e9", 1),
        ("\u212b", 1),
        ("I\u0307stanbul \u0131\u015f\u0131k", 14),
        ("\u0130stanbul \u0131\u015f\u0131k", 13),
        ("  a\r\n", 5),
        ("\U0010ffff", 1),
    ],
    ids=ascii,
)
async def test_the_price_is_by_code_points_as_they_were_sent(
    tmp_path: Path, text: str, characters: int
) -> None:
    transport = sounding(b"audio")
    async with running_house(tmp_path, transport=transport) as house:
        said = await house.speak(text)
        assert said.started.charge == listed(characters)
        assert (await house.the_row()).charge == listed(characters)
    assert msgspec.json.decode(transport.requests[0].content)["text"] == text


async def test_the_accounts_multiplier_is_in_the_price_that_is_told(tmp_path: Path) -> None:
    async with running_house(
        tmp_path, transport=sounding(b"audio"), multiplier_ppm=1_333_333
    ) as house:
        said = await house.speak("abc")
        # 450 000 x 1.333333 is 599 999.85.
        assert said.started.charge.usd_ticks == 600_000
        row = await house.the_row()
        assert (row.held_usd_ticks, row.charge) == (600_000, said.started.charge)


async def test_the_operators_ceiling_takes_the_catalogues_place(tmp_path: Path) -> None:
    transport = sounding(b"audio")
    async with running_house(tmp_path, transport=transport, max_speech_characters=60_000) as house:
        assert (await house.speak("x" * 60_000)).started.charge == listed(60_000)
        error = await refusal(house, "x" * 60_001)
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "input")


async def test_what_is_not_valid_is_refused_before_any_hold(house: House) -> None:
    assert (await refusal(house, model="grok-99")).reason is Reason.MODEL_NOT_FOUND
    assert (await refusal(house, model="grok-4.3")).reason is Reason.UNSUPPORTED_OPERATION
    assert (
        await refusal(house, model="grok-voice-tts:high")
    ).reason is Reason.UNSUPPORTED_CAPABILITY
    assert "altair, ara" in (await refusal(house, voice="alloy")).message
    assert (await refusal(house, "x" * 15_001)).param == "input"
    house.key = ()
    assert (await refusal(house)).reason is Reason.MISSING_API_KEY
    house.key = (("authorization", "Bearer nobody"),)
    assert (await refusal(house)).reason is Reason.INVALID_API_KEY
    assert house.sandbox.requests == []


async def test_who_cannot_pay_is_not_spoken_to(tmp_path: Path) -> None:
    async with running_house(tmp_path, usd_ticks=5 * CHARACTER) as house:
        assert (await refusal(house, "123456")).reason is Reason.INSUFFICIENT_BALANCE
        assert house.sandbox.requests == []
        await house.speak("12345")
        assert (await house.the_row()).charge == listed(5)


@pytest.mark.parametrize("wire", [False, True], ids=["in_process", "wire"])
async def test_no_piece_of_audio_waits_for_the_next(tmp_path: Path, wire: bool) -> None:  # noqa: FBT001  # a parameter of the test
    transport = sounding(b"", b"one", b"two", None)
    async with running_house(tmp_path, wire=wire, transport=transport, drain_limit=0) as house:
        call = house.ask("Hello")
        first = await next_message(call)
        assert first.started.charge == listed(5)
        assert (await next_message(call)).audio == b"one"
        assert (await next_message(call)).audio == b"two"
        call.cancel()
        assert (await house.the_row()).charge == listed(5)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (httpx.Response(400, json={"error": "speed must be slow"}), Reason.PROVIDER_REJECTED),
        (httpx.Response(404, json={"error": "Voice not found"}), Reason.PROVIDER_UNAVAILABLE),
        (httpx.Response(500, html="<p>"), Reason.PROVIDER_ERROR),
        (httpx.Response(503), Reason.PROVIDER_UNAVAILABLE),
        (httpx.Response(200, json={"error": "no"}), Reason.PROVIDER_ERROR),
        (httpx.Response(200, html="<p>Welcome"), Reason.PROVIDER_ERROR),
        (httpx.Response(200, headers={"content-type": "audio/mpeg"}), Reason.PROVIDER_ERROR),
        (httpx.ReadError("reset"), Reason.PROVIDER_ERROR),
        (None, Reason.TIMEOUT),
    ],
)
async def test_a_failure_before_the_first_audio_is_the_rpcs_own_and_free(
    tmp_path: Path, step: Step, reason: Reason
) -> None:
    timeouts = Timeouts(header_s=0.2)
    async with running_house(tmp_path, transport=FakeTransport(step), timeouts=timeouts) as house:
        assert (await refusal(house)).reason is reason
        row = await house.the_row()
    assert (row.state, row.charge, row.void_reason) == (VOIDED, FREE, reason.lower())


async def test_refused_content_costs_the_catalogues_fee(tmp_path: Path) -> None:
    unsafe = httpx.Response(403, json={"error": "Content violates usage guidelines."})
    overlay = '[models."xai/grok-voice-tts"]\nviolation_fee_usd_ticks = 7'
    async with running_house(tmp_path, transport=FakeTransport(unsafe), overlay=overlay) as house:
        assert (await refusal(house)).reason is Reason.CONTENT_VIOLATION
        row = await house.the_row()
    assert (row.status, row.charge.usd_ticks) == ("failed", 7)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(httpx.ReadError("reset"), Reason.PROVIDER_ERROR), (None, Reason.TIMEOUT)],
)
async def test_audio_that_breaks_off_costs_its_full_price_and_says_why(
    tmp_path: Path, broken: Exception | None, reason: Reason
) -> None:
    timeouts = Timeouts(idle_s=0.2)
    transport = sounding(b"au", broken)
    async with running_house(tmp_path, transport=transport, timeouts=timeouts) as house:
        said = await house.speak("Hello")
        assert (said.audio, said.finished.failure.reason) == (b"au", reason)
        row = await house.the_row()
    assert (row.charge, row.status) == (listed(5), "incomplete")
    assert said.started.charge == row.charge


@pytest.mark.parametrize("fault", ["reset-mid-body", "truncated-body"])
async def test_a_connection_that_breaks_mid_audio_costs_the_full_price(
    tmp_path: Path, fault: str
) -> None:
    text = f"[sandbox:{fault}] How do you do, my dear friend?"
    async with running_house(tmp_path, wire=True) as house:
        said = await house.speak(text, audio_format="wav")
        assert said.finished.failure.reason == Reason.PROVIDER_ERROR
        row = await house.the_row()
    assert said.audio
    assert (row.charge, row.status) == (listed(len(text)), "incomplete")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("reset-before-answer", Reason.PROVIDER_ERROR),
        ("empty", Reason.PROVIDER_ERROR),
        ("error-in-200", Reason.PROVIDER_ERROR),
    ],
)
async def test_a_connection_that_breaks_before_any_audio_is_free(
    tmp_path: Path, fault: str, reason: Reason
) -> None:
    async with running_house(tmp_path) as house:
        assert (await refusal(house, f"[sandbox:{fault}]")).reason is reason
        assert (await house.the_row()).charge == FREE


async def test_audio_of_an_unnamed_kind_is_named_by_what_was_asked_for(tmp_path: Path) -> None:
    transport = sounding(b"audio", media_type="application/octet-stream")
    async with running_house(tmp_path, transport=transport) as house:
        assert (await house.speak(audio_format="alaw")).started.content_type == "audio/alaw"


@pytest.mark.parametrize("wire", [False, True], ids=["in_process", "wire"])
async def test_a_reader_that_leaves_pays_for_what_is_then_spoken_to_nobody(
    tmp_path: Path,
    wire: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    async with running_house(tmp_path, wire=wire) as house:
        call = house.ask("A long text. " * 20, audio_format="pcm")
        assert (await next_message(call)).HasField("started")
        call.cancel()
        row = await house.the_row()
        [received] = house.sandbox.requests
    assert (row.charge, row.status) == (listed(260), "completed")
    assert received.outcome == "answered"


async def test_a_reader_that_stalls_is_left_and_pays_the_same(tmp_path: Path) -> None:
    pieces = [bytes(256 * 1024)] * 100
    async with running_house(
        tmp_path, wire=True, transport=sounding(*pieces), stall_timeout_s=0.2
    ) as house:
        call = house.ask("Hello")
        assert (await next_message(call)).HasField("started")
        row = await house.the_row()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await rest(call)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert (row.charge, row.status) == (listed(5), "completed")


async def test_a_stop_ends_the_audio_in_a_failure_for_its_price(tmp_path: Path) -> None:
    async with running_house(tmp_path, transport=sounding(b"au", None)) as house:
        call = house.ask("Hello")
        assert (await next_message(call)).HasField("started")
        assert (await next_message(call)).audio == b"au"
        await house.paid_work.calls.stop(0)
        assert (await next_message(call)).finished.failure.reason == Reason.OVERLOADED
        assert await call.read() is grpc.aio.EOF
        row = await house.the_row()
    assert (row.charge, row.status) == (listed(5), "incomplete")


async def test_a_stop_before_any_audio_costs_a_partial_estimate(tmp_path: Path) -> None:
    async with running_house(tmp_path, transport=sounding(None)) as house:
        asking = asyncio.ensure_future(refusal(house, "Hello"))
        async with asyncio.timeout(5):
            while not (await house.open_holds()):  # noqa: ASYNC110  # it can only be asked
                await asyncio.sleep(0)
            while not house.wiring["upstream"]._transport.requests:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0)
        await house.paid_work.calls.stop(0)
        assert (await asking).reason is Reason.OVERLOADED
        row = await house.the_row()
    assert row.charge == Charge(usd_ticks=5 * CHARACTER, basis=PARTIAL)
    assert row.status == "incomplete"


async def test_two_speak_at_once_each_for_their_price(house: House) -> None:
    one, two = await asyncio.gather(house.speak("One."), house.speak("Number two.", voice="sal"))
    assert (one.started.charge, two.started.charge) == (listed(4), listed(11))
    assert one.audio != two.audio
    assert {row.charge.usd_ticks for row in await house.usage()} == {4 * CHARACTER, 11 * CHARACTER}


async def test_the_voices_are_the_catalogues_and_need_a_key(house: House) -> None:
    voices = (await house.voice.ListVoices(ListVoicesRequest(), metadata=house.key)).voices
    assert len(voices) == 28
    assert [voice.id for voice in voices if voice.default] == ["eve"]
    assert {voice.model for voice in voices} == {"xai/grok-voice-tts"}
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await house.voice.ListVoices(ListVoicesRequest())
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
