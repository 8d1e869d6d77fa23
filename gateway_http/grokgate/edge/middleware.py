"""What surrounds every route: ids, counting, and a last answer when something breaks.

Plain ASGI. The server hands over HTTP requests only: no lifespan, no WebSockets.
"""

import asyncio
import logging
import re
import traceback
from dataclasses import replace

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grokgate.chassis.calls import (
    AUTHORIZATION,
    CLIENT_REQUEST_ID,
    REQUEST_ID,
    TRACEPARENT,
    Call,
    bearer,
    valid_traceparent,
)
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.chassis.tracing import Span, SpanKind, Tracing
from grokgate.edge.errors import answer_lost, error_response
from grokgate.edge.metrics import EdgeMetrics

CLIENT_LEFT = 499
UNMATCHED = "unmatched"
_SERVER_ERRORS = 500

_access_log = logging.getLogger("grokgate.edge.access")
_log = logging.getLogger("grokgate.edge")

_CLIENT_ID = re.compile(r"[ -~]{1,128}")


def call_of(request: Request) -> Call:
    """The call that `Identify` made of a request."""
    call: Call = request.scope["state"]["call"]
    return call


class Identify:
    """Gives each request its ids and each answer the headers that all answers carry."""

    def __init__(self, app: ASGIApp, ids: IdSource) -> None:
        self._app = app
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        call = _read_call(scope, self._ids.prefixed("req"))
        scope.setdefault("state", {})["call"] = call
        headers = [
            (REQUEST_ID.encode(), call.request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        if call.client_request_id:
            headers.append((CLIENT_REQUEST_ID.encode(), call.client_request_id.encode()))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Observe:
    """Counts, traces and logs requests: their routes, never paths, queries or keys."""

    def __init__(self, app: ASGIApp, metrics: EdgeMetrics, clock: Clock, tracing: Tracing) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        call: Call = scope["state"]["call"]
        with self._tracing.span(scope["method"], SpanKind.SERVER, call.traceparent) as span:
            scope["state"]["call"] = replace(call, traceparent=span.traceparent)
            await self._observe(scope, receive, send, span)

    async def _observe(self, scope: Scope, receive: Receive, send: Send, span: Span) -> None:
        started_ms = self._clock.monotonic_ms()
        status = CLIENT_LEFT
        first_byte_ms = None

        async def send_noting_start(message: Message) -> None:
            nonlocal status, first_byte_ms
            if message["type"] == "http.response.start":
                status = message["status"]
                first_byte_ms = self._clock.monotonic_ms() - started_ms
            await send(message)

        try:
            await self._app(scope, receive, send_noting_start)
        finally:
            route = scope["route"].path if "route" in scope else UNMATCHED
            duration_ms = self._clock.monotonic_ms() - started_ms
            self._metrics.count(route, scope["method"], status, duration_ms, first_byte_ms)
            self._log(scope, route, status, duration_ms)
            _trace(span, scope["method"], route, status)

    def _log(self, scope: Scope, route: str, status: int, duration_ms: int) -> None:
        call: Call = scope["state"]["call"]
        _access_log.info(
            "%s %s %d",
            scope["method"],
            route,
            status,
            extra={"request_id": call.request_id, "duration_ms": duration_ms},
        )


class WithholdServerErrors:
    """Answers a stray exception with a 500 that says nothing, and a forced stop with a 503."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        started = False

        async def send_noting_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        async def answer(error: GrokgateError) -> None:
            if not started:
                request_id = scope["state"]["call"].request_id
                await error_response(error, request_id)(scope, receive, send)

        try:
            await self._app(scope, receive, send_noting_start)
        except ClientDisconnect:
            return
        except asyncio.CancelledError:
            await answer(answer_lost())
            raise
        except Exception as exc:  # noqa: BLE001  # nothing may pass the last border
            _log_without_words(exc, scope["state"]["call"].request_id)
            await answer(GrokgateError(Reason.INTERNAL_ERROR, ""))


def _log_without_words(exc: Exception, request_id: str) -> None:
    """Where it broke, without the exception's message: that may quote a prompt or a key."""
    frames = "".join(traceback.format_tb(exc.__traceback__))
    _log.error(
        "Stray %s at the edge\n%s", type(exc).__name__, frames, extra={"request_id": request_id}
    )


def _trace(span: Span, method: str, route: str, status: int) -> None:
    """By OpenTelemetry's HTTP conventions."""
    span.rename(f"{method} {route}")
    span.note("http.request.method", method)
    span.note("http.route", route)
    span.note("http.response.status_code", status)
    if status >= _SERVER_ERRORS:
        span.fail(str(status))


def _read_call(scope: Scope, request_id: str) -> Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    client_id = headers.get(CLIENT_REQUEST_ID) or headers.get(REQUEST_ID, "")
    return Call(
        api_key=bearer(headers.get(AUTHORIZATION, "")),
        request_id=request_id,
        client_request_id=client_id if _CLIENT_ID.fullmatch(client_id) else "",
        traceparent=valid_traceparent(headers.get(TRACEPARENT, "")),
    )
