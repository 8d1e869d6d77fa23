"""Where pictures and films lie: in part, in turn, not for ever, and not in a stream's way."""

import asyncio
import subprocess
import sys
from itertools import pairwise

import httpx
import pytest

from grokgate.sandbox.errors import RefusalError
from grokgate.sandbox.studio.results import Results
from grokgate.sandbox.studio.sources import Source
from grokgate.sandbox.studio.works import Picture
from grokgate.sandbox.studio.workshop import Workshop
from tests.sandbox.jobs import RENDERING_MS, order
from tests.support.clock import FakeClock


@pytest.fixture
async def url(client: httpx.AsyncClient, clock: FakeClock) -> str:
    job = await order(client)
    clock.advance(RENDERING_MS)
    return str((await client.get(job)).json()["video"]["url"])


def small(words: str, *, source: bytes = b"") -> Picture:
    sources = (Source(data=source),) if source else ()
    return Picture(words, "small print", words.encode(), (256, 256), sources)


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-5", -5, None)],
)
async def test_a_range_is_answered_in_part(
    client: httpx.AsyncClient, url: str, asked: str, first: int, end: int | None
) -> None:
    whole = (await client.get(url)).content
    part = await client.get(url, headers={"range": asked})
    assert part.status_code == 206
    assert part.content == whole[first:end]
    start = first % len(whole)
    span = f"{start}-{start + len(part.content) - 1}/{len(whole)}"
    assert part.headers["content-range"] == f"bytes {span}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=-", "lines=1-2", "nonsense"])
async def test_a_range_that_is_not_understood_is_ignored(
    client: httpx.AsyncClient, url: str, asked: str
) -> None:
    answer = await client.get(url, headers={"range": asked})
    assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "bytes")


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=9-3", "bytes=-0"])
async def test_a_range_beyond_the_end_is_a_416(
    client: httpx.AsyncClient, url: str, asked: str
) -> None:
    whole = (await client.get(url)).content
    answer = await client.get(url, headers={"range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"


async def test_a_head_tells_the_length_alone(client: httpx.AsyncClient, url: str) -> None:
    head = await client.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len((await client.get(url)).content)


async def test_several_who_fetch_at_once_get_the_same_film(
    client: httpx.AsyncClient, url: str
) -> None:
    answers = await asyncio.gather(*(client.get(url) for _ in range(5)))
    assert len({answer.content for answer in answers}) == 1


async def test_a_stream_flows_on_while_films_are_encoded(
    client: httpx.AsyncClient, clock: FakeClock
) -> None:
    jobs = [await order(client, f"Film {n}", duration=2) for n in range(3)]
    clock.advance(RENDERING_MS)
    urls = [(await client.get(job)).json()["video"]["url"] for job in jobs]
    encoding = [asyncio.create_task(client.get(url)) for url in urls]
    body = {"model": "grok-4.3", "input": "[sandbox:words=100]", "stream": True}
    streamed = 0
    while not any(task.done() for task in encoding):
        await client.post("/v1/responses", json=body)
        streamed += 1
    assert streamed > 3
    assert {answer.status_code for answer in await asyncio.gather(*encoding)} == {200}


async def test_the_oldest_results_are_dropped_when_memory_is_full() -> None:
    results = Results(Workshop(), capacity_bytes=40_000)
    paths = [f"/imgen/{number}.jpeg" for number in range(8)]
    for path in paths:
        results.put(path, small(path))
    made = {path: await results.fetch(path) for path in paths}
    assert all(made.values())
    kept = [await results.fetch(path) is not None for path in paths]
    assert kept[0] is False
    assert kept[-1] is True
    assert all(later or not earlier for earlier, later in pairwise(kept))


async def test_what_a_result_will_be_made_from_counts_as_memory() -> None:
    results = Results(Workshop(), capacity_bytes=40_000)
    results.put("/imgen/first.jpeg", small("first"))
    results.put("/imgen/second.jpeg", small("second", source=bytes(39_000)))
    assert await results.fetch("/imgen/first.jpeg") is None


async def test_a_result_that_is_promised_again_is_no_longer_the_oldest() -> None:
    results = Results(Workshop(), capacity_bytes=40_000)
    for words in ("first", "second", "first"):
        results.put(f"/imgen/{words}.jpeg", small(words))
    results.put("/imgen/third.jpeg", small("third", source=bytes(37_500)))
    assert await results.fetch("/imgen/second.jpeg") is None
    assert await results.fetch("/imgen/first.jpeg") is not None


async def test_a_source_that_is_no_picture_is_refused_not_raised() -> None:
    with pytest.raises(RefusalError) as caught:
        await Workshop().measure(Source(data=b"\x89PNG\r\n\x1a\n" + bytes(100)))
    assert caught.value.status == 400


def test_a_sandbox_without_work_loads_neither_pillow_nor_pyav() -> None:
    code = (
        "import sys; from grokgate.sandbox.service import Sandbox; Sandbox(); "
        "sys.exit(bool({'PIL', 'av'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
