"""Speech and transcripts that go wrong, on demand or because a child process did."""

import sys
from pathlib import Path

import httpx
import pytest

from grokgate.sandbox.service import Sandbox
from tests.sandbox.sounds import ENGLISH, TURKISH, hum, say, transcribe, wav

SOUND = wav(hum(8_000))


async def bytes_until(answer: httpx.Response, error: type[Exception]) -> int:
    """How much of an answer comes before it breaks off."""
    count = 0
    try:
        async for chunk in answer.aiter_raw():
            count += len(chunk)
    except error:
        return count
    raise AssertionError("The answer came whole.")


@pytest.mark.parametrize(("directive", "status"), [("429", 429), ("500", 500), ("html", 502)])
async def test_a_text_or_a_sound_may_hold_a_directive(
    client: httpx.AsyncClient, directive: str, status: int
) -> None:
    wish = f"[sandbox:{directive}]"
    assert (await say(client, f"Hi {wish}")).status_code == status
    assert (await transcribe(client, SOUND + wish.encode())).status_code == status
    client.headers["x-sandbox-fault"] = directive
    assert (await transcribe(client, SOUND)).status_code == status


async def test_times_counts_a_sound_whatever_the_boundary_of_its_form(
    client: httpx.AsyncClient,
) -> None:
    sound = SOUND + b"[sandbox:503 times=2]"
    answers = [await transcribe(client, sound, language="tr") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]


async def test_a_schedule_counts_speech_and_transcripts() -> None:
    sandbox = Sandbox(faults=["500", "", "503"])
    headers = {"authorization": "Bearer xai-1"}
    async with httpx.AsyncClient(base_url=await sandbox.start(), headers=headers) as client:
        calls = [
            await say(client, "Hi"),
            await transcribe(client, SOUND, language="tr"),
            await transcribe(client, SOUND, language="tr"),
        ]
    await sandbox.stop()
    assert [answer.status_code for answer in calls] == [500, 200, 503]


async def test_an_answer_may_be_empty(client: httpx.AsyncClient) -> None:
    answer = await say(client, "[sandbox:empty]")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("count", [0, 1_000])
async def test_speech_may_break_after_some_bytes(
    client: httpx.AsyncClient, sandbox: Sandbox, count: int
) -> None:
    body = {"text": f"{ENGLISH} [sandbox:reset-after={count}]", "language": "en"}
    async with client.stream("POST", "/v1/tts", json=body) as answer:
        assert await bytes_until(answer, httpx.ReadError) == count
    assert sandbox.requests[-1].outcome == "reset"
    assert sandbox.requests[-1].cost_usd_ticks == len(body["text"]) * 150_000


@pytest.mark.parametrize(
    ("directive", "error"),
    [
        ("reset-before-answer", httpx.ReadError),
        ("reset-mid-body", httpx.ReadError),
        ("truncated-body", httpx.RemoteProtocolError),
    ],
)
async def test_speech_may_break_as_any_answer(
    client: httpx.AsyncClient, directive: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await say(client, f"Hi [sandbox:{directive}]")


@pytest.mark.parametrize("directive", ["slow=0.01", "delay=0.001", "stall=0.01"])
async def test_slow_speech_is_the_same_in_the_end(
    client: httpx.AsyncClient, directive: str
) -> None:
    slow = await say(client, f"{ENGLISH} [sandbox:{directive}]")
    assert slow.content == (await say(client, ENGLISH)).content


async def test_a_stall_comes_after_the_first_half(client: httpx.AsyncClient) -> None:
    body = {"text": f"{ENGLISH} [sandbox:stall=60]", "language": "en"}
    timeout = httpx.Timeout(10, read=2)
    async with client.stream("POST", "/v1/tts", json=body, timeout=timeout) as answer:
        received = await bytes_until(answer, httpx.ReadTimeout)
    whole = len((await say(client, ENGLISH)).content)
    assert whole / 4 < received < whole


async def test_the_duration_can_be_forged_while_the_log_keeps_the_true_bill(
    client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    forged = await transcribe(client, SOUND + b"[sandbox:duration=60]", language="tr")
    assert forged.json()["duration"] == 60
    assert sandbox.requests[-1].cost_usd_ticks == 277_778
    without = await transcribe(client, SOUND + b"[sandbox:no-duration]", language="tr")
    assert "duration" not in without.json()
    assert sandbox.requests[-1].cost_usd_ticks == 277_778


@pytest.fixture
def broken_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What runs instead of the programs of child processes."""
    program = tmp_path / "python"
    program.touch(mode=0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    return program


@pytest.mark.parametrize(("ending", "status"), [("exit 3", 501), ("kill -SEGV $$", 500)])
async def test_a_child_that_fails_before_the_first_sound_is_an_error(
    client: httpx.AsyncClient, broken_children: Path, ending: str, status: int
) -> None:
    broken_children.write_text(f"#!/bin/sh\ncat >/dev/null\n{ending}\n")
    answer = await say(client, "Hi")
    assert (answer.status_code, set(answer.json())) == (status, {"code", "error"})


@pytest.mark.parametrize("text", ["Hi", "Hi [sandbox:delay=0]"])
async def test_a_child_that_crashes_later_breaks_the_connection(
    client: httpx.AsyncClient, sandbox: Sandbox, broken_children: Path, text: str
) -> None:
    broken_children.write_text(
        "#!/bin/sh\ncat >/dev/null\nhead -c 200000 /dev/zero\nkill -SEGV $$\n"
    )
    with pytest.raises(httpx.ReadError):
        await say(client, text)
    assert sandbox.requests[-1].outcome == "reset"
    assert (await client.get("/v1/tts/voices")).status_code == 200


async def test_without_its_listener_the_sandbox_says_what_it_did_not_hear(
    client: httpx.AsyncClient, broken_children: Path
) -> None:
    broken_children.write_text("#!/bin/sh\ncat >/dev/null\nexit 3\n")
    page = (await transcribe(client, SOUND, language="en")).json()
    assert page["text"] == "(sandbox: 1.0 s of en audio)"


async def test_a_listener_that_crashes_is_an_error(
    client: httpx.AsyncClient, broken_children: Path
) -> None:
    broken_children.write_text("#!/bin/sh\ncat >/dev/null\nkill -SEGV $$\n")
    assert (await transcribe(client, SOUND)).status_code == 500


async def test_turkish_that_was_spoken_here_needs_no_listener(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = (await say(client, TURKISH, language="tr")).content
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    assert (await transcribe(client, sound)).json()["text"] == TURKISH
