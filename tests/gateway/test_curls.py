"""The requirement documents' own commands, word for word but for host, key and audio."""

import asyncio
import base64
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.audio import hear
from tests.support.gateway import Gateway

CURLS = Path(__file__).parent / "curls"
ANSWERS = sorted({*CURLS.glob("*.sh")} - {*CURLS.glob("speech.*")})
SPOKEN = {"en": "Hello, this is a test.", "tr": "Merhaba, bu bir denemedir."}
# Charges in ticks where they are not what the upstream really bills.
CHARGED = {"crazyrouter-grok-4-image": 440_000_000}


@pytest.mark.parametrize("path", ANSWERS, ids=[path.stem for path in ANSWERS])
async def test_a_documented_curl_works_word_for_word(
    gateway: Gateway, path: Path, tmp_path: Path
) -> None:
    key = await gateway.new_key()
    spoken = SPOKEN[path.suffixes[0][1:]] if path.stem.startswith("transcription") else ""
    audio = await speech(gateway, spoken) if spoken else b""
    billed_before = gateway.billed_usd_ticks
    answer = msgspec.json.decode(await run(gateway, path, key, tmp_path, audio))
    charged = CHARGED.get(path.stem, gateway.billed_usd_ticks - billed_before)
    assert answer["usage"]["cost_in_usd_ticks"] == charged
    assert (await gateway.row(key))["charge_usd_ticks"] == charged
    assert answer.get("status", "completed") in {"completed", "succeeded"}
    assert ":" not in answer.get("model", "")
    if spoken:
        assert answer["text"] == spoken
    for made in answer.get("data", [answer] if "url" in answer else []):
        assert len((await gateway.http.get(made["url"])).content) > 1000


@pytest.mark.parametrize("language", sorted(SPOKEN))
async def test_the_documented_speech_plays(gateway: Gateway, language: str, tmp_path: Path) -> None:
    key = await gateway.new_key()
    path = CURLS / f"speech.{language}.sh"
    await run(gateway, path, key, tmp_path)
    heard = hear((tmp_path / "voice.mp3").read_bytes())
    assert (heard.codec, heard.sample_rate) == ("mp3float", 24_000)
    assert 1 < heard.seconds < 10
    assert heard.loudness > 0.01
    assert (await gateway.row(key))["charge_usd_ticks"] == 150_000 * len(said(path))


def said(path: Path) -> str:
    """What a document's command wants to be spoken."""
    body = path.read_text().partition("-d '")[2].partition("'")[0]
    text: str = msgspec.json.decode(body)["input"]
    return text


async def speech(gateway: Gateway, text: str) -> bytes:
    """An mp3 of a text."""
    response = await gateway.http.post(
        f"{gateway.url}/v1/audio/speech",
        json={"model": "xai/grok-voice-tts", "input": text},
        headers={"authorization": f"Bearer {await gateway.new_key()}"},
    )
    assert response.is_success, response.text
    return response.content


async def run(gateway: Gateway, path: Path, key: str, folder: Path, audio: bytes = b"") -> bytes:
    """What a document's command prints."""
    command = path.read_text()
    for written, ours in {
        "llmtr-your_key": key,
        "YOUR_API_KEY": key,
        "https://crazyrouter.com": gateway.url,
        "<base64 mp3>": base64.b64encode(audio).decode(),
    }.items():
        command = command.replace(written, ours)
    process: Any = await asyncio.create_subprocess_exec(
        *("bash", "-c", command),
        cwd=folder,
        env=os.environ | {"LLMTR_BASE_URL": gateway.url, "no_proxy": "*"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors
    return bytes(output)
