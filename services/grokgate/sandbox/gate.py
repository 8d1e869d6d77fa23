"""Every call's way in and out: log, directives, key, handler, headers, delivery."""

from collections.abc import Callable
from uuid import UUID

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from grokgate.chassis.clock import Clock
from grokgate.sandbox.answers import Answer, Ask, Handler
from grokgate.sandbox.delivery import Line, deliver
from grokgate.sandbox.directives import Directive
from grokgate.sandbox.errors import RefusalError, refusal
from grokgate.sandbox.faults import Faults, answer_instead, refusal_answer
from grokgate.sandbox.request_log import Received, RequestLog

FAULT_HEADER = "x-sandbox-fault"

_RATE_LIMITS = (
    (b"x-ratelimit-limit-requests", b"2220"),
    (b"x-ratelimit-remaining-requests", b"2220"),
    (b"x-ratelimit-limit-tokens", b"10000000"),
    (b"x-ratelimit-remaining-tokens", b"10000000"),
    (b"x-zero-data-retention", b"false"),
)

KeyReader = Callable[[str], str]


class Gate:
    """Lets calls through to their handlers."""

    def __init__(self, clock: Clock, faults: Faults, log: RequestLog) -> None:
        self._clock = clock
        self._faults = faults
        self._log = log

    async def pass_through(
        self, request: Request, read_key: KeyReader, handler: Handler, media_type: str
    ) -> ASGIApp:
        """The answer of one call, ready to be sent. A POST must have the media type."""
        started_ms = self._clock.monotonic_ms()
        body = await request.body()
        path = request.url.path
        received = self._log.add(request.method, path, request.headers.items(), body)
        directives: tuple[Directive, ...] = ()
        try:
            key = read_key(request.headers.get("authorization", ""))
            content_type = request.headers.get("content-type", "")
            if request.method == "POST":
                _check_content_type(content_type, media_type)
            header = request.headers.get(FAULT_HEADER, "")
            directives = self._faults.of_call(path, header, body)
            base_url = f"http://{request.headers.get('host', '')}"
            ask = Ask(body, content_type, request.path_params, base_url, key, directives)
            answer = answer_instead(directives) or await _handled(handler, ask)
        except RefusalError as error:
            answer = refusal_answer(error)
        received.status = answer.status
        received.cost_usd_ticks = answer.cost_usd_ticks
        elapsed_ms = self._clock.monotonic_ms() - started_ms
        headers = _headers(answer, received.number, elapsed_ms)
        return _reply(answer, headers, (*directives, *answer.directives), received)


async def _handled(handler: Handler, ask: Ask) -> Answer:
    answer = handler(ask)
    return answer if isinstance(answer, Answer) else await answer


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


def _check_content_type(content_type: str, media_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() != media_type:
        message = f"Expected `Content-Type: {media_type}`."
        raise refusal(415, "unsupported-media-type", message)
