"""Clients that leave images, speech and transcriptions: the provider's bill is charged, once."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.audio import silence
from tests.support.gateway import LAUNCHED, USD, Gateway, until

CHARACTER = 150_000
LONG = "A sentence that takes its time to be said. " * 20


def drawing(wish: str) -> dict[str, Any]:
    return {"json": {"model": "grok-imagine-image", "prompt": f"A cube {wish}", "n": 2}}


def speaking(wish: str) -> dict[str, Any]:
    return {"json": {"model": "grok-voice-tts", "input": f"{LONG}{wish}"}}


def transcribing(wish: str) -> dict[str, Any]:
    audio = silence(30) + wish.encode()
    return {"data": {"model": "grok-voice-stt"}, "files": {"file": ("a.wav", audio)}}


PAID: dict[str, Callable[[str], dict[str, Any]]] = {
    "images/generations": drawing,
    "audio/speech": speaking,
    "audio/transcriptions": transcribing,
}


def ask(gateway: Gateway, key: str, path: str, wish: str) -> asyncio.Task[httpx.Response]:
    headers = {"authorization": f"Bearer {key}"}
    return asyncio.create_task(
        gateway.http.post(f"{gateway.url}/v1/{path}", headers=headers, **PAID[path](wish))
    )


@pytest.mark.parametrize("path", sorted(PAID))
async def test_a_client_that_leaves_before_the_answer_pays_what_the_provider_bills(
    gateway: Gateway, path: str
) -> None:
    key = await gateway.new_key()
    before = len(gateway.sandbox.requests)
    call = ask(gateway, key, path, "[sandbox:slow=1]")
    await gateway.held(key)
    await until(lambda: asked_since(gateway, before))
    call.cancel()
    await asyncio.wait([call])
    row = await gateway.row(key)
    [received] = gateway.sandbox.requests[before:]
    assert received.outcome == "answered"
    assert row["charge_usd_ticks"] == received.cost_usd_ticks > 0


async def test_a_listener_that_leaves_in_the_middle_pays_for_the_whole(gateway: Gateway) -> None:
    key = await gateway.new_key()
    text = f"{LONG}[sandbox:delay=0.01]"
    body = {"model": "grok-voice-tts", "input": text}
    headers = {"authorization": f"Bearer {key}"}
    url = f"{gateway.url}/v1/audio/speech"
    async with gateway.http.stream("POST", url, json=body, headers=headers) as response:
        await anext(response.aiter_bytes())
    row = await gateway.row(key)
    assert (row["charge_usd_ticks"], row["status"]) == (CHARACTER * len(text), "completed")
    assert gateway.sandbox.requests[-1].outcome == "answered"


async def test_speech_that_breaks_is_free_before_its_first_byte_and_whole_after_it(
    gateway: Gateway,
) -> None:
    early, late = await gateway.new_key(), await gateway.new_key()
    refused = await ask(gateway, early, "audio/speech", "[sandbox:reset-before-answer]")
    assert refused.status_code == 502
    assert (await gateway.row(early))["charge_usd_ticks"] == 0
    with pytest.raises(httpx.RemoteProtocolError):
        await ask(gateway, late, "audio/speech", "[sandbox:reset-after=20000]")
    row = await gateway.row(late)
    characters = len(f"{LONG}[sandbox:reset-after=20000]")
    assert (row["charge_usd_ticks"], row["basis"]) == (CHARACTER * characters, "price_list")
    assert row["status"] == "incomplete"


@pytest.mark.parametrize("way", sorted(LAUNCHED))
@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("images/generations", "media"),
        ("audio/speech", "voice"),
        ("audio/transcriptions", "voice"),
        ("audio/speech", "edge"),
    ],
)
async def test_a_killed_process_leaves_a_sound_ledger_and_no_hold(
    way: str, path: str, service: str
) -> None:
    async with LAUNCHED[way](hold_expiry_s=3, shutdown_grace_s=1) as gateway:
        key = await gateway.new_key(USD)
        call = ask(gateway, key, path, "[sandbox:slow=30]")
        await gateway.held(key)
        await gateway.kill(service)
        await asyncio.wait([call])
        await gateway.restart()
        row = await gateway.row(key)
        balance = await gateway.get(key, "/v1/balance")
        assert balance["posted_usd_ticks"] == USD - row["charge_usd_ticks"]
        await gateway.verify()


async def asked_since(gateway: Gateway, number: int) -> bool:
    return len(gateway.sandbox.requests) > number
