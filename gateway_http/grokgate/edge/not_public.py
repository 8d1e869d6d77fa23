"""What OpenAI and xAI have and this gateway does not: a clear refusal instead of a riddle."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from grokgate.chassis.endpoints import PATHS
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.auth import KeyFilter
from grokgate.edge.errors import error_response
from grokgate.edge.middleware import call_of

NOT_PUBLIC = ("files", "collections", "vector_stores", "batches")

_EDITS, _VIDEO, _SPEECH, _TRANSCRIPTIONS = (
    PATHS[word]
    for word in ("images_edits", "video_generations", "audio_speech", "audio_transcriptions")
)
_VOICES = "/v1/audio/voices"

# What other APIs serve, the words that refuse it, and where it is found here.
_ELSEWHERE = (
    (
        "/v1/images/variations",
        f"Variations are drawn by POST {_EDITS}, with a `prompt` that says what may differ.",
        _EDITS,
    ),
    ("/v1/videos", f"Videos are made by POST {_VIDEO}, and shown by GET.", _VIDEO),
    ("/v1/tts/voices", f"The voices are at GET {_VOICES}.", _VOICES),
    ("/v1/tts", f"Speech is made by POST {_SPEECH}.", _SPEECH),
    ("/v1/stt", f"Recorded audio is written down by POST {_TRANSCRIPTIONS}.", _TRANSCRIPTIONS),
    (
        "/v1/audio/translations",
        f"Audio is written down in its own language, by POST {_TRANSCRIPTIONS}.",
        _TRANSCRIPTIONS,
    ),
    ("/v1/custom-voices", f"Custom voices are not public here; see GET {_VOICES}.", _VOICES),
    (
        "/v1/realtime",
        f"Realtime voice is not public here. Use POST {_SPEECH} and POST {_TRANSCRIPTIONS}.",
        _SPEECH,
    ),
)

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def not_public_routes(keys: KeyFilter) -> list[Route]:
    """Routes that refuse what is known and not served, after the key was admitted."""

    async def refuse(request: Request) -> Response:
        await keys.admit(call_of(request))
        raise GrokgateError(
            Reason.UNSUPPORTED_OPERATION,
            "This operation is not public here: no files, collections, batches or kept responses.",
        )

    roots = [f"/v1/{name}" for name in NOT_PUBLIC]
    paths = ["/v1/responses/{id}", "/v1/responses/{id}/{rest:path}"]
    for root in roots:
        paths += [root, f"{root}/{{id}}", f"{root}/{{id}}/{{rest:path}}"]
    return [
        *(Route(path, refuse, methods=_METHODS) for path in paths),
        *(route for row in _ELSEWHERE for route in _routes_elsewhere(keys, *row)),
    ]


def _routes_elsewhere(keys: KeyFilter, root: str, message: str, suggested: str) -> list[Route]:
    async def refuse(request: Request) -> Response:
        await keys.admit(call_of(request))
        raise GrokgateError(
            Reason.UNSUPPORTED_OPERATION,
            message,
            details={"attempted_endpoint": root, "suggested_endpoint": suggested},
        )

    return [Route(path, refuse, methods=_METHODS) for path in (root, f"{root}/{{rest:path}}")]


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
            "WebSockets are not public here, nor is realtime voice. Use the HTTP endpoints, such "
            f"as POST {_SPEECH} and POST {_TRANSCRIPTIONS}.",
        )
        await error_response(error, scope["state"]["call"].request_id)(scope, receive, send)


def _is_handshake(scope: Scope) -> bool:
    return any(
        name == b"upgrade" and value.lower() == b"websocket" for name, value in scope["headers"]
    )
