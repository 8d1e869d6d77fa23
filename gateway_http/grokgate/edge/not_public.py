"""What OpenAI and xAI have and this gateway does not: a clear refusal instead of a riddle."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.auth import KeyFilter
from grokgate.edge.errors import error_response
from grokgate.edge.middleware import call_of

NOT_PUBLIC = ("files", "collections", "vector_stores", "batches", "realtime")

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def not_public_routes(keys: KeyFilter) -> list[Route]:
    """Routes that refuse what is known and not served, after the key was admitted."""

    async def refuse(request: Request) -> Response:
        await keys.admit(call_of(request))
        raise GrokgateError(
            Reason.UNSUPPORTED_OPERATION,
            "This operation is not public here: no files, collections, batches, kept responses "
            "or realtime.",
        )

    roots = [f"/v1/{name}" for name in NOT_PUBLIC]
    paths = ["/v1/responses/{id}", "/v1/responses/{id}/{rest:path}"]
    for root in roots:
        paths += [root, f"{root}/{{id}}", f"{root}/{{id}}/{{rest:path}}"]
    return [Route(path, refuse, methods=_METHODS) for path in paths]


class RefuseWebSockets:
    """Answers every WebSocket handshake with a plain HTTP 400."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        if not _is_handshake(scope):
            await self._app(scope, receive, send)
            return
        error = GrokgateError(
            Reason.UNSUPPORTED_OPERATION,
            "WebSockets are not public here. Use the HTTP endpoints.",
        )
        await error_response(error, scope["state"]["call"].request_id)(scope, receive, send)


def _is_handshake(scope: Scope) -> bool:
    return any(
        name == b"upgrade" and value.lower() == b"websocket" for name, value in scope["headers"]
    )
