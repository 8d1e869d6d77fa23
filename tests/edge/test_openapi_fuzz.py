"""Whatever a client sends, each route answers as the description of the API says."""

import asyncio
import threading
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis.config import SchemathesisConfig

from grokgate.api.billing.v1.account_pb2 import GetKeyResponse, Key, KeyPolicy, ListUsageResponse
from grokgate.edge.images.request import read_generation
from grokgate.edge.reference.answers import answer_schemas
from grokgate.edge.reference.document import openapi_document
from grokgate.edge.reference.operation import FORM_TYPE
from grokgate.edge.text.chat_request import read_chat_request
from grokgate.edge.text.responses_request import read_responses_request
from tests.edge.conftest import RunningEdge, run_edge
from tests.edge.fake_catalog import media_model, text_model
from tests.edge.fake_media import PNG, failed
from tests.edge.fake_voice import word
from tests.edge.fakes import GOOD_KEY
from tests.edge.usage_rows import settled

CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"mode": "all"},
        "auth": {"openapi": {"key": {"bearer": GOOD_KEY}}},
        # What a request has no use for is not always looked at.
        "checks": {"negative_data_rejection": {"enabled": False}},
    }
)
INTEGER_FIELDS = (
    "max_output_tokens",
    "max_completion_tokens",
    "max_tokens",
    "n",
    "duration_seconds",
    "max_wait_seconds",
    "sample_rate",
    "bit_rate",
)


def strict_document() -> dict[str, Any]:
    """The description, with answers that have nothing but what it tells of."""
    document = deepcopy(openapi_document())
    for name in answer_schemas():
        schema = document["components"]["schemas"][name]
        if "properties" in schema:
            schema["additionalProperties"] = False
    # A part that is a file has a filename; the fuzzer leaves it out at times.
    for path in ("/v1/images/edits", "/v1/audio/transcriptions"):
        del document["paths"][path]["post"]["requestBody"]["content"][FORM_TYPE]
    return document


schema = schemathesis.openapi.from_dict(strict_document(), config=CONFIG)


@schema.hook
def map_body(_: Any, body: Any) -> Any:
    """Without 12.0, which JSON Schema takes for an integer and the gateway does not."""
    for name in INTEGER_FIELDS:
        tokens = body.get(name) if isinstance(body, dict) else None
        if isinstance(tokens, float) and tokens.is_integer():
            body[name] = int(tokens)
    return body


def fill(edge: RunningEdge) -> None:
    """Give every kind of answer something to tell."""
    edge.catalog.models = [text_model(), media_model("image"), media_model("video")]
    edge.media.images.images.add(data=PNG, mime_type="image/png")
    edge.media.videos.videos.append(failed())
    edge.voice.transcript.channels.add(text="Hi.", words=[word("Hi.", 0, 1, speaker="0")])
    edge.accounts.usage = ListUsageResponse(rows=[settled(user="u"), settled(units=None)])
    policy = KeyPolicy(allowed_models=["xai/grok-4.3"], concurrency=2, budget_usd_ticks=10**10)
    edge.accounts.keys[GOOD_KEY] = GetKeyResponse(key=Key(id="key_1", policy=policy))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An edge in a thread of its own, since what asks it is not asynchronous."""
    urls: list[str] = []
    is_serving, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with run_edge() as edge:
            fill(edge)
            urls.append(edge.url)
            is_serving.set()
            await stop.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    is_serving.wait()
    yield urls[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@given(schema["/v1/responses"]["POST"].as_strategy())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_what_the_schema_admits_is_read(case: schemathesis.Case[Any]) -> None:
    body: Any = case.body
    assert read_responses_request(body).generate.model == body["model"]


@given(schema["/v1/chat/completions"]["POST"].as_strategy())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_what_the_schema_of_a_chat_admits_is_read(case: schemathesis.Case[Any]) -> None:
    body: Any = case.body
    assert read_chat_request(body).generate.model == body["model"]


@given(schema["/v1/images/generations"]["POST"].as_strategy())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_what_the_schema_of_an_image_admits_is_read(case: schemathesis.Case[Any]) -> None:
    body: Any = case.body
    assert read_generation(body).prompt == body["prompt"]


@schema.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True)
def test_every_answer_is_as_described(case: schemathesis.Case[Any], url: str) -> None:
    answer = case.call_and_validate(base_url=url)
    assert answer.status_code < 500
