"""The sandbox's ASGI application: xAI's paths, the compatible channel's, and some of its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from grokgate.chassis.clock import Clock
from grokgate.sandbox.answers import JSON, MULTIPART, Handler
from grokgate.sandbox.faults import Faults
from grokgate.sandbox.gate import Gate, KeyReader
from grokgate.sandbox.images.compatible import CompatibleImages, read_compatible_key
from grokgate.sandbox.images.images import Images
from grokgate.sandbox.keys import key_page, read_key
from grokgate.sandbox.model_pages import model_handlers
from grokgate.sandbox.request_log import RequestLog
from grokgate.sandbox.responses import Responses
from grokgate.sandbox.sound.spoken import Spoken
from grokgate.sandbox.speech.speech import Speech
from grokgate.sandbox.speech.voices import voice_page, voices_page
from grokgate.sandbox.studio.results import Results
from grokgate.sandbox.studio.serving import serve_result
from grokgate.sandbox.studio.workshop import Workshop
from grokgate.sandbox.tokenizing import tokenize
from grokgate.sandbox.transcripts.transcripts import Transcripts
from grokgate.sandbox.videos.jobs import Jobs
from grokgate.sandbox.videos.orders import Orders
from grokgate.sandbox.videos.videos import Videos

COMPATIBLE_PATH = "/compatible/v1"


def build_app(
    clock: Clock, faults: Faults, log: RequestLog, jobs: Jobs, *, rendering_s: float
) -> Starlette:
    """The application. It needs the sandbox's own server under it, to break connections."""
    gate = Gate(clock, faults, log)
    workshop = Workshop()
    results = Results(workshop)
    images = Images(workshop, results)
    orders = Orders(clock, workshop, results, rendering_s=rendering_s)
    videos = Videos(clock, faults, orders, jobs)
    spoken = Spoken()
    posts: dict[str, Handler] = {
        "/v1/responses": Responses(clock).create,
        "/v1/tokenize-text": tokenize,
        "/v1/images/generations": images.generate,
        "/v1/images/edits": images.edit,
        "/v1/videos/generations": videos.create,
        "/v1/tts": Speech(spoken).create,
    }
    forms: dict[str, Handler] = {"/v1/stt": Transcripts(spoken).create}
    gets: dict[str, Handler] = {
        "/v1/api-key": key_page,
        "/v1/videos/{request_id}": videos.poll,
        "/v1/tts/voices": voices_page,
        "/v1/tts/voices/{voice_id}": voice_page,
        **model_handlers(),
    }
    compatible: dict[str, Handler] = {
        f"{COMPATIBLE_PATH}/images/generations": CompatibleImages(clock, results).generate,
    }
    return Starlette(
        routes=[
            *_routes("POST", posts, gate, read_key),
            *_routes("POST", forms, gate, read_key, MULTIPART),
            *_routes("GET", gets, gate, read_key),
            *_routes("POST", compatible, gate, read_compatible_key),
            *_result_routes(results),
            *_own_routes(clock, log, jobs, (faults, log, jobs, results, spoken)),
        ],
        exception_handlers={
            404: _routing_error(404, "not-found", "No such route."),
            405: _routing_error(405, "method-not-allowed", "This route takes another method."),
        },
    )


def _routes(
    method: str,
    handlers: Mapping[str, Handler],
    gate: Gate,
    key_reader: KeyReader,
    media_type: str = JSON,
) -> list[Route]:
    def route(path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> ASGIApp:
            return await gate.pass_through(request, key_reader, handler, media_type)

        return Route(path, endpoint, methods=[method])

    return [route(path, handler) for path, handler in handlers.items()]


def _result_routes(results: Results) -> list[Route]:
    """Where pictures and films lie; who knows the URL needs no key."""

    async def result(request: Request) -> Response:
        return await serve_result(request, results)

    return [Route(path, result, methods=["GET"]) for path in ("/imgen/{name}", "/vidgen/{name}")]


def _own_routes(
    clock: Clock,
    log: RequestLog,
    jobs: Jobs,
    memories: Sequence[Faults | RequestLog | Jobs | Results | Spoken],
) -> list[Route]:
    """The view from inside."""

    async def show_requests(_: Request) -> Response:
        return JSONResponse({"requests": [received.page() for received in log.entries()]})

    async def show_videos(_: Request) -> Response:
        return JSONResponse({"videos": [job.page(clock.now_ms()) for job in jobs.entries()]})

    async def reset(_: Request) -> Response:
        for memory in memories:
            memory.reset()
        return Response(status_code=204)

    return [
        Route("/sandbox/requests", show_requests, methods=["GET"]),
        Route("/sandbox/videos", show_videos, methods=["GET"]),
        Route("/sandbox/reset", reset, methods=["POST"]),
    ]


def _routing_error(
    status: int, code: str, message: str
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(_: Request, __: Exception) -> Response:
        return JSONResponse({"code": code, "error": message}, status_code=status)

    return handler
