"""How the server stops."""

import asyncio

import httpx
import pytest

from tests.edge.conftest import HELLO, RunEdge
from tests.edge.fakes import told_pages
from tests.edge.generations import begun, hello, page
from tests.support.streams import read_events

STREAM = HELLO | {"stream": True}


async def test_stopping_lets_answers_end(run: RunEdge) -> None:
    async with run() as edge:
        told = asyncio.Event()
        asked = edge.text.waits_for(told)
        request = asyncio.create_task(edge.respond(HELLO))
        await asked.wait()
        stopping = asyncio.create_task(edge.server.stop(grace_s=10))
        while await _takes_connections(edge.url):
            continue
        told.set()
        assert (await request).status_code == 200
        await stopping


async def test_a_forced_stop_answers_in_our_shape_and_leaves_no_traceback(
    run: RunEdge, caplog: pytest.LogCaptureFixture
) -> None:
    async with run() as edge:
        asked = edge.text.waits_for(asyncio.Event())
        request = asyncio.create_task(edge.respond(HELLO))
        await asked.wait()
        await edge.server.stop(grace_s=0)
        answer = await request
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
    assert answer.headers["x-should-retry"] == "false"
    assert [record.message for record in caplog.records if record.exc_info] == []


async def test_stopping_lets_streams_end(run: RunEdge) -> None:
    async with run() as edge:
        told = asyncio.Event()
        first, *rest = hello()
        edge.text.pages = told_pages(told, page(first), page(*rest))
        async with edge.stream(STREAM) as stream:
            await stream.until(b"response.created")
            stopping = asyncio.create_task(edge.server.stop(grace_s=10))
            while await _takes_connections(edge.url):
                continue
            told.set()
            assert (await stream.rest()).endswith(b"data: [DONE]\n\n")
        await stopping


async def test_a_forced_stop_is_the_last_event_of_a_stream(run: RunEdge) -> None:
    async with run() as edge:
        edge.text.pages = told_pages(asyncio.Event(), page(begun()))
        async with edge.stream(STREAM) as stream:
            await stream.until(b"response.created")
            await edge.server.stop(grace_s=0)
            last = read_events(await stream.rest())[-1]
    assert (last["type"], last["code"]) == ("error", "overloaded")


async def _takes_connections(url: str) -> bool:
    address = httpx.URL(url)
    try:
        _, writer = await asyncio.open_connection(address.host, address.port)
    except ConnectionError:
        return False
    writer.close()
    return True
