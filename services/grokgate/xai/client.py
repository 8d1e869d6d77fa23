"""Asking api.x.ai: keys, timeouts, and the one rule for asking again."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import httpx

from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.patience import Patience
from grokgate.chassis.secrets import Secret
from grokgate.xai.errors import (
    UpstreamError,
    broke_off,
    read_refusal,
    to_upstream_error,
    unavailable,
)
from grokgate.xai.events import EventParser
from grokgate.xai.forms import Form
from grokgate.xai.questions import JSON, Question
from grokgate.xai.retry_after import read_retry_after
from grokgate.xai.timeouts import Timeouts

_LOG = logging.getLogger(__name__)

# Not the shared generator, which others seed.
_RANDOM = random.SystemRandom()

_OK = 200
_EVENTS = "text/event-stream"
_ANYTHING = "*/*"
# What a failure with status 200 is written in.
_WORDS = ("text/", JSON)
# How long a stream may take to end after its last event.
_LINGER_S = 0.25
_ANSWER_CEILING_BYTES = 64 * 1024 * 1024
_REFUSAL_CEILING_BYTES = 1024 * 1024
_FETCHED_CEILING_BYTES = 1024 * 1024
# What a GET may be refused with because of its key.
_KEY_REFUSALS = frozenset({400, 401, 403, 429})
# Where a response carries the name of the key that it was asked with.
_KEY_NAME = "grokgate.key_name"
_RETRIES = 2
_RETRY_WAIT_CEILING_MS = 20_000


class Progress(Protocol):
    """Told whether upstream may have begun, and billed, work."""

    reached_upstream: bool


@dataclass(frozen=True, slots=True)
class Created:
    """The body of an answer to a creation, and the name of the key that it was made with.

    A key's name is a digest of it, the same after a restart.
    """

    body: bytes
    key_name: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of any status to a GET."""

    status: int
    body: bytes
    retry_after_ms: int | None


@dataclass(frozen=True, slots=True)
class Download:
    """An answer that is no text: its media type, and its body in pieces as they arrive."""

    media_type: str
    pieces: AsyncIterator[bytes]


class _KeyRefusedError(UpstreamError):
    """A key that upstream refused."""


class XaiClient:
    """Calls upstream with the first of its keys that works.

    A creation is asked for again only when nothing can have started: upstream limited the rate,
    the connection failed before a byte was sent, or it refused the key itself. Everything else is
    told to the caller, because upstream may bill each attempt.
    """

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport,
        base_url: str,
        api_keys: Sequence[Secret],
        timeouts: Timeouts,
        clock: Clock,
        jitter: Callable[[], float] = _RANDOM.random,
    ) -> None:
        self._transport = transport
        self._base_url = base_url.rstrip("/")
        self._urls: dict[str, httpx.URL] = {}
        self._api_keys = tuple(api_keys)
        self._names = {key: key.digest()[:16] for key in self._api_keys}
        self._timeouts = timeouts
        self._clock = clock
        self._jitter = jitter

    async def post(
        self, path: str, body: bytes, progress: Progress, traceparent: str = ""
    ) -> bytes:
        """The body of the answer, whole; `path` is relative to the base URL, as `/responses`.

        Raises UpstreamError.
        """
        question = Question(path, body, JSON, traceparent)
        async with self._asked(question, progress) as response:
            return await self._read(response, _ANSWER_CEILING_BYTES)

    async def upload(
        self, path: str, form: Form, progress: Progress, traceparent: str = ""
    ) -> bytes:
        """As `post`, with a form that holds a file."""
        question = Question(path, form, JSON, traceparent)
        async with self._asked(question, progress) as response:
            return await self._read(response, _ANSWER_CEILING_BYTES)

    async def create(
        self, path: str, body: bytes, progress: Progress, traceparent: str = ""
    ) -> Created:
        """As `post`, for what is asked about later and must then be asked with the same key."""
        question = Question(path, body, JSON, traceparent)
        async with self._asked(question, progress) as response:
            body = await self._read(response, _ANSWER_CEILING_BYTES)
            return Created(body, response.extensions[_KEY_NAME])

    async def get(self, path: str, *, key_name: str, timeout_s: float) -> Fetched:
        """An answer to one GET, of any status but 401, or another that refuses every key.

        Asks with the key of that name first, if there still is one. Raises UpstreamError.
        """
        keys = sorted(self._api_keys, key=lambda key: self._names[key] != key_name)
        try:
            async with asyncio.timeout(timeout_s):
                for key in keys[:-1]:
                    with suppress(_KeyRefusedError):
                        return await self._get(path, key)
                return await self._get(path, keys[-1])
        except TimeoutError as exc:
            raise _timed_out("GET") from exc

    @asynccontextmanager
    async def stream(
        self, path: str, body: bytes, progress: Progress, traceparent: str = ""
    ) -> AsyncIterator[AsyncIterator[list[bytes]]]:
        """The data of the answer's events; those that arrived together stay together.

        An answer that is no event stream is one event, its body. Raises UpstreamError. Leaving
        the block before the end leaves upstream a moment to end by itself, so that its connection
        can be used again.
        """
        question = Question(path, body, _EVENTS, traceparent)
        async with (
            self._asked(question, progress) as response,
            aclosing(self._batches(response)) as batches,
        ):
            yield batches
            await _let_end(batches)

    @asynccontextmanager
    async def download(
        self, path: str, body: bytes, progress: Progress, traceparent: str = ""
    ) -> AsyncIterator[Download]:
        """The answer while it arrives; one in JSON or text is a failure, whatever its status.

        Raises UpstreamError.
        """
        question = Question(path, body, _ANYTHING, traceparent)
        async with self._asked(question, progress) as response:
            media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type.startswith(_WORDS):
                said = await self._read(response, _REFUSAL_CEILING_BYTES)
                raise to_upstream_error(read_refusal(_OK, said, None))
            async with aclosing(self._pieces(response)) as pieces:
                yield Download(media_type, pieces)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    @asynccontextmanager
    async def _asked(self, question: Question, progress: Progress) -> AsyncIterator[httpx.Response]:
        """The response of the first attempt that got status 200, for as long as a call may take."""
        with _alarm(question.path):
            try:
                async with asyncio.timeout(self._timeouts.total_s):
                    response = await self._answered(question, progress)
                    try:
                        yield response
                    finally:
                        await response.stream.aclose()  # type: ignore[union-attr]  # an async transport's stream
            except TimeoutError as exc:
                raise _timed_out("total") from exc

    async def _answered(self, question: Question, progress: Progress) -> httpx.Response:
        retries = 0
        keys = iter(self._api_keys)
        key = next(keys)
        while True:
            progress.reached_upstream = True
            try:
                response = await self._attempt(question, key)
            except UpstreamError as error:
                progress.reached_upstream = error.error.upstream_started
                following = next(keys, None) if error.try_other_key else key
                if following is None:
                    raise
                if error.try_other_key:
                    _LOG.error("%s", error.alarm, extra={"path": question.path})
                else:
                    await self._wait_to_retry(error, retries)
                    retries += 1
                key = following
            else:
                response.extensions[_KEY_NAME] = self._names[key]
                return response

    async def _get(self, path: str, key: Secret) -> Fetched:
        headers = [("authorization", f"Bearer {key.reveal()}"), ("accept", JSON)]
        request = httpx.Request("GET", self._base_url + path, headers=headers)
        response = await self._sent(request)
        try:
            body = await self._read(response, _FETCHED_CEILING_BYTES)
        finally:
            await response.stream.aclose()  # type: ignore[union-attr]  # an async transport's stream
        retry_after_ms = self._retry_after_ms(response)
        if response.status_code in _KEY_REFUSALS:
            error = to_upstream_error(read_refusal(response.status_code, body, retry_after_ms))
            if error.try_other_key:
                raise _KeyRefusedError(error.error, alarm=error.alarm, try_other_key=True)
        return Fetched(response.status_code, body, retry_after_ms)

    async def _attempt(self, question: Question, key: Secret) -> httpx.Response:
        try:
            async with asyncio.timeout(self._timeouts.header_s):
                response = await self._sent(self._request(question, key))
        except TimeoutError as exc:
            raise _timed_out("header") from exc
        if response.status_code == _OK:
            return response
        try:
            refused = await self._read(response, _REFUSAL_CEILING_BYTES)
        finally:
            await response.stream.aclose()  # type: ignore[union-attr]  # an async transport's stream
        retry_after_ms = self._retry_after_ms(response)
        raise to_upstream_error(read_refusal(response.status_code, refused, retry_after_ms))

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._transport.handle_async_request(request)
        except httpx.ConnectError as exc:
            raise UpstreamError(unavailable(), alarm="upstream cannot be reached") from exc
        except httpx.TransportError as exc:
            raise broke_off() from exc

    def _request(self, question: Question, key: Secret) -> httpx.Request:
        path = question.path
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = httpx.URL(self._base_url + path)
        return question.request(url, key)

    async def _wait_to_retry(self, error: UpstreamError, retries: int) -> None:
        """Wait as upstream asks, or give the error up."""
        reason = error.error.reason
        cannot_have_started = reason is Reason.UPSTREAM_LIMITED or isinstance(
            error.__cause__, httpx.ConnectError
        )
        wait_ms = (
            max(error.error.retry_after_ms or 0, 1000) if reason is Reason.UPSTREAM_LIMITED else 100
        )
        wait_ms = int(wait_ms * 2**retries * (1 + self._jitter() / 4))
        if not cannot_have_started or retries >= _RETRIES or wait_ms > _RETRY_WAIT_CEILING_MS:
            raise error
        await asyncio.sleep(wait_ms / 1000)

    async def _read(self, response: httpx.Response, ceiling_bytes: int) -> bytes:
        """The whole body."""
        pieces: list[bytes] = []
        size = 0
        async with aclosing(self._pieces(response)) as arriving:
            async for piece in arriving:
                pieces.append(piece)
                size += len(piece)
                if size > ceiling_bytes:
                    raise broke_off("upstream's answer is above the ceiling")
        return b"".join(pieces)

    async def _batches(self, response: httpx.Response) -> AsyncGenerator[list[bytes]]:
        if not response.headers.get("content-type", "").lower().startswith(_EVENTS):
            yield [await self._read(response, _ANSWER_CEILING_BYTES)]
            return
        parser = EventParser()
        async with aclosing(self._pieces(response)) as arriving:
            async for piece in arriving:
                if batch := parser.feed(piece):
                    yield batch

    async def _pieces(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        """The body as it arrives; each piece must come within the idle timeout."""
        stream = response.stream.__aiter__()  # type: ignore[union-attr]  # an async transport's stream
        with Patience(self._timeouts.idle_s) as patience:
            while True:
                try:
                    piece = await patience.wait_for(anext(stream, None))
                except TimeoutError as exc:
                    raise _timed_out("idle") from exc
                except httpx.TransportError as exc:
                    raise broke_off() from exc
                if piece is None:
                    return
                yield piece

    def _retry_after_ms(self, response: httpx.Response) -> int | None:
        return read_retry_after(response.headers.get("retry-after"), self._clock.now_ms())


@contextmanager
def _alarm(path: str) -> Iterator[None]:
    """Tell the operator why a call ended, where that is the gateway's trouble or upstream's."""
    try:
        yield
    except UpstreamError as error:
        if error.alarm:
            _LOG.error("%s", error.alarm, extra={"path": path})
        raise


async def _let_end(batches: AsyncIterator[list[bytes]]) -> None:
    """Read what follows the last event: a mark, and the end of the body."""
    with suppress(TimeoutError, UpstreamError):
        async with asyncio.timeout(_LINGER_S):
            async for _ in batches:
                pass


def _timed_out(which: str) -> UpstreamError:
    return UpstreamError(
        GrokgateError(
            Reason.TIMEOUT, "The provider did not answer in time.", upstream_started=True
        ),
        alarm=f"upstream exceeded the {which} timeout",
        answer_lost=True,
    )
