"""The sandbox's ASGI application: xAI's paths, and two of its own."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from grokgate.chassis.clock import Clock
from grokgate.sandbox.answers import JSON, Answer, Ask, Handler
from grokgate.sandbox.delivery import Line, deliver
from grokgate.sandbox.directives import Directive
from grokgate.sandbox.errors import RefusalError, refusal
from grokgate.sandbox.faults import Faults, answer_instead, refusal_answer
from grokgate.sandbox.keys import key_page, read_key
from grokgate.sandbox.model_pages import model_handlers
from grokgate.sandbox.request_log import Received, RequestLog
from grokgate.sandbox.responses import Responses
from grokgate.sandbox.tokenizing import tokenize

FAULT_HEADER = "x-sandbox-fault"

_RATE_LIMITS = (
    (b"x-ratelimit-limit-requests", b"2220"),
    (b"x-ratelimit-remaining-requests", b"2220"),
    (b"x-ratelimit-limit-tokens", b"10000000"),
    (b"x-ratelimit-remaining-tokens", b"10000000"),
    (b"x-zero-data-retention", b"false"),
)


def build_app(clock: Clock, faults: Faults, log: RequestLog) -> Starlette:
    """The application. It needs the sandbox's own server under it, to break connections."""
    gate = _Gate(clock, faults, log)

    async def show_requests(_: Request) -> Response:
        return JSONResponse({"requests": [received.page() for received in log.entries()]})

    async def reset(_: Request) -> Response:
        faults.reset()
        log.reset()
        return Response(status_code=204)

    posts: dict[str, Handler] = {
        "/v1/responses": Responses(clock).create,
        "/v1/tokenize-text": tokenize,
    }
    gets: dict[str, Handler] = {"/v1/api-key": key_page, **model_handlers()}
    return Starlette(
        routes=[
            *(_route("POST", path, gate, handler) for path, handler in posts.items()),
            *(_route("GET", path, gate, handler) for path, handler in gets.items()),
            Route("/sandbox/requests", show_requests, methods=["GET"]),
            Route("/sandbox/reset", reset, methods=["POST"]),
        ],
        exception_handlers={
            404: _routing_error(404, "not-found", "No such route."),
            405: _routing_error(405, "method-not-allowed", "This route takes another method."),
        },
    )


def _route(method: str, path: str, gate: "_Gate", handler: Handler) -> Route:
    async def endpoint(request: Request) -> ASGIApp:
        return await gate.pass_through(request, handler)

    return Route(path, endpoint, methods=[method])


class _Gate:
    """Every call's way in and out: log, directives, key, handler, headers, delivery."""

    def __init__(self, clock: Clock, faults: Faults, log: RequestLog) -> None:
        self._clock = clock
        self._faults = faults
        self._log = log

    async def pass_through(self, request: Request, handler: Handler) -> ASGIApp:
        """The answer of one call, ready to be sent."""
        started_ms = self._clock.monotonic_ms()
        body = await request.body()
        path = request.url.path
        received = self._log.add(request.method, path, request.headers.items(), body)
        directives: tuple[Directive, ...] = ()
        try:
            key = read_key(request.headers.get("authorization", ""))
            _check_content_type(request)
            header = request.headers.get(FAULT_HEADER, "")
            directives = self._faults.of_call(path, header, body)
            ask = Ask(body, request.path_params, key, directives)
            answer = answer_instead(directives) or handler(ask)
        except RefusalError as error:
            answer = refusal_answer(error)
        received.status = answer.status
        received.cost_usd_ticks = answer.cost_usd_ticks
        elapsed_ms = self._clock.monotonic_ms() - started_ms
        headers = _headers(answer, received.number, elapsed_ms)
        return _reply(answer, headers, directives, received)


def _reply(
    answer: Answer,
    headers: list[tuple[bytes, bytes]],
    directives: tuple[Directive, ...],
    received: Received,
) -> ASGIApp:
    async def send_it(scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(scope, receive)
        received.outcome = await deliver(answer, headers, directives, line, send)

    return send_it


def _headers(answer: Answer, number: int, elapsed_ms: int) -> list[tuple[bytes, bytes]]:
    """What xAI adds to every answer. A text answer brings its own request id."""
    headers = {
        "content-type": answer.content_type,
        "x-request-id": str(UUID(int=number)),
        "x-metrics-e2e-ms": str(elapsed_ms),
        "x-metrics-ttft-ms": str(elapsed_ms),
        **answer.headers,
    }
    if not answer.is_stream:
        headers["content-length"] = str(len(answer.chunks[0]))
    return [*((k.encode(), v.encode()) for k, v in headers.items()), *_RATE_LIMITS]


def _check_content_type(request: Request) -> None:
    if request.method == "POST":
        sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent != JSON:
            raise refusal(
                415, "unsupported-media-type", "Expected `Content-Type: application/json`."
            )


def _routing_error(
    status: int, code: str, message: str
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(_: Request, __: Exception) -> Response:
        return JSONResponse({"code": code, "error": message}, status_code=status)

    return handler
