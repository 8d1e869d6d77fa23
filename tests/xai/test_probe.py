"""The free questions to xAI, and every way in which an answer disappoints."""

import httpx
import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.secrets import Secret
from grokgate.xai.probe import Probe

PRICED = {
    "id": "grok-4.3",
    "prompt_text_token_price": 12_500,
    "cached_prompt_text_token_price": 2_000,
    "completion_text_token_price": 25_000,
}


def probe(status: int, body: object) -> tuple[Probe, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, json=body)

    transport = httpx.MockTransport(answer)
    return Probe(transport, "https://api.x.ai/v1/", Secret("xai-key")), asked


async def failure(status: int, body: object) -> str:
    asking, _ = probe(status, body)
    with pytest.raises(GrokgateError) as caught:
        await asking.check_key()
    assert caught.value.reason is Reason.PROVIDER_UNAVAILABLE
    return caught.value.message


async def test_a_key_that_works_is_asked_about_and_nothing_else() -> None:
    asking, asked = probe(200, {"name": "k", "team_blocked": False})
    await asking.check_key()
    [request] = asked
    assert (request.method, str(request.url)) == ("GET", "https://api.x.ai/v1/api-key")
    assert request.headers["authorization"] == "Bearer xai-key"


@pytest.mark.parametrize("flag", ["team_blocked", "api_key_blocked", "api_key_disabled"])
async def test_a_blocked_key_is_told_by_its_flag(flag: str) -> None:
    assert f"`{flag}`" in await failure(200, {flag: True})


async def test_a_refused_or_unreadable_answer_is_told_without_the_key() -> None:
    assert await failure(401, {}) == "xAI answered 401 to GET /api-key"
    assert await failure(200, ["?"]) == "xAI's answer to GET /api-key cannot be read"


async def test_a_connection_that_fails_is_told() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    asking = Probe(httpx.MockTransport(refuse), "https://api.x.ai/v1", Secret("xai-key"))
    with pytest.raises(GrokgateError, match=r"https://api\.x\.ai/v1 cannot be reached"):
        await asking.text_prices()


async def test_prices_are_told_in_the_catalogues_words() -> None:
    asking, _ = probe(200, {"models": [PRICED]})
    assert await asking.text_prices() == {
        "grok-4.3": {
            "input": 12_500,
            "cached_input": 2_000,
            "output": 25_000,
            "image_input": 0,
            "long_context_threshold": 0,
        }
    }


async def test_a_long_context_price_of_zero_is_the_standard_price() -> None:
    long = {"long_context_threshold": 200_000, "completion_text_token_price_long_context": 50_000}
    asking, _ = probe(200, {"models": [PRICED | long]})
    prices = (await asking.text_prices())["grok-4.3"]
    assert (prices["long_input"], prices["long_cached_input"]) == (12_500, 2_000)
    assert prices["long_output"] == 50_000
