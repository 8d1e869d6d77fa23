"""Whatever a client sends, each route answers as the description of the API says."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.config import SchemathesisConfig

from grokgate.edge.openapi import openapi_document
from tests.edge.conftest import run_edge
from tests.edge.fakes import GOOD_KEY


def closed(schema: Any) -> Any:
    """A schema of answers in which no object has a property that is not told of."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: closed(value) for name, value in schema.items()}


CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"mode": "all"},
        "auth": {"openapi": {"key": {"bearer": GOOD_KEY}}},
    }
)
schema = schemathesis.openapi.from_dict(openapi_document(), config=CONFIG)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An edge in a thread of its own, since what asks it is not asynchronous."""
    served: list[str] = []
    is_serving, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with run_edge() as edge:
            served.append(edge.url)
            is_serving.set()
            await stop.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    is_serving.wait()
    yield served[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@schema.parametrize()
@settings(max_examples=30, deadline=None, derandomize=True)
def test_every_answer_is_as_described(case: schemathesis.Case, url: str) -> None:
    answer = case.call_and_validate(base_url=url)
    assert answer.status_code < 500
