"""Ordering a video, and asking after it."""

from typing import Any

import httpx

FOX = {"model": "grok-imagine-video", "prompt": "A fox runs", "duration": 1}
RENDERING_MS = 2_000


async def order(client: httpx.AsyncClient, prompt: str = "A fox runs", **fields: Any) -> str:
    """The path at which the job can be polled."""
    answer = await client.post("/v1/videos/generations", json=FOX | {"prompt": prompt} | fields)
    assert answer.status_code == 200, answer.text
    return f"/v1/videos/{answer.json()['request_id']}"
