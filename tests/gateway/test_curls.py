"""The requirement documents' own commands, word for word but for host and key."""

import asyncio
import os
from pathlib import Path

import msgspec
import pytest

from tests.support.gateway import Gateway

CURLS = sorted((Path(__file__).parent / "curls").glob("*.sh"))


@pytest.mark.parametrize("path", CURLS, ids=[path.stem for path in CURLS])
async def test_a_documented_curl_works_word_for_word(gateway: Gateway, path: Path) -> None:
    key = await gateway.new_key()
    command = path.read_text().replace("llmtr-your_key", key)
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", command),
        env=os.environ | {"LLMTR_BASE_URL": gateway.url, "no_proxy": "*"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors
    answer = msgspec.json.decode(output)
    assert answer["status"] == "completed"
    assert answer["usage"]["cost_in_usd_ticks"] == gateway.sandbox.requests[-1].cost_usd_ticks
    assert ":" not in answer["model"]
