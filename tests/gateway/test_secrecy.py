"""Neither a key nor a prompt is ever written to a log, at any level."""

import logging

import pytest

from tests.support.gateway import SplitGateway, TogetherGateway

PROMPT = "My secret recipe is saffron"


async def test_one_process_logs_no_key_and_no_prompt(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with TogetherGateway() as gateway:
        key = await gateway.new_key()
        for text in (PROMPT, f"{PROMPT} [sandbox:500]", f"{PROMPT} [sandbox:reset-mid-body]"):
            await gateway.ask(key, text)
        await gateway.ask(key, PROMPT, temperature=9)
        await gateway.ask(key[:-1] + "x", PROMPT)
    ours = [r for r in caplog.records if r.name.startswith(("grokgate", "uvicorn", "grpc"))]
    assert ours
    text = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert "saffron" not in text
    assert key.removeprefix("llmtr-") not in text
    assert "xai-test" not in text


async def test_separate_services_log_no_key_and_no_prompt() -> None:
    async with SplitGateway(log_level="DEBUG") as gateway:
        key = await gateway.new_key()
        for text in (PROMPT, f"{PROMPT} [sandbox:500]", f"{PROMPT} [sandbox:reset-mid-body]"):
            await gateway.ask(key, text)
        await gateway.ask(key, PROMPT, temperature=9)
        await gateway.ask(key[:-1] + "x", PROMPT)
        text = (gateway.state_dir / "log").read_text()
    assert "grokgate.edge.access" in text
    assert "saffron" not in text
    assert key.removeprefix("llmtr-") not in text
    assert "xai-test" not in text
