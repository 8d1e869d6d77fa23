"""The edge as one ASGI application: every route and every layer around them."""

import logging
from typing import Any

import grpc.aio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from grokgate.api.billing.v1 import account_pb2
from grokgate.api.media.v1 import media_pb2
from grokgate.api.text.v1 import text_pb2
from grokgate.api.voice.v1 import voice_pb2
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.tracing import UNTRACED, Tracing
from grokgate.edge.account.routes import account_routes
from grokgate.edge.auth import KeyFilter
from grokgate.edge.errors import PUBLIC_ERRORS, error_response
from grokgate.edge.health import health_routes
from grokgate.edge.images.routes import image_routes
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.metrics import EdgeMetrics
from grokgate.edge.middleware import Identify, Observe, WithholdServerErrors, call_of
from grokgate.edge.models.routes import model_routes
from grokgate.edge.not_public import RefuseWebSockets, not_public_routes
from grokgate.edge.reference.routes import reference_routes
from grokgate.edge.text.routes import text_routes
from grokgate.edge.video.routes import video_routes
from grokgate.edge.voice.routes import voice_routes

_log = logging.getLogger("grokgate.edge")


def build_app(
    *,
    text: grpc.aio.Channel,
    media: grpc.aio.Channel,
    voice: grpc.aio.Channel,
    billing: grpc.aio.Channel,
    limits: EdgeLimits,
    clock: Clock,
    ids: IdSource,
    metrics: Metrics,
    tracing: Tracing = UNTRACED,
) -> Starlette:
    """The application, over channels to its services: on a wire or in the process."""
    keys = KeyFilter(billing, limits, clock)
    services = {
        "text": (text, _full_name(text_pb2, "TextService")),
        "media": (media, _full_name(media_pb2, "MediaService")),
        "voice": (voice, _full_name(voice_pb2, "VoiceService")),
        "billing": (billing, _full_name(account_pb2, "AccountService")),
    }
    app = Starlette(
        routes=[
            *text_routes(keys, text, limits),
            *image_routes(keys, media, limits),
            *video_routes(keys, media, limits),
            *voice_routes(keys, voice, limits),
            *account_routes(keys, billing, limits),
            *model_routes(keys, billing, limits),
            *not_public_routes(keys),
            *health_routes(services, metrics, limits),
            *reference_routes(),
        ],
        middleware=[
            Middleware(Identify, ids),
            Middleware(Observe, EdgeMetrics(metrics.registry), clock, tracing),
            Middleware(WithholdServerErrors),
            Middleware(RefuseWebSockets),
        ],
        exception_handlers={GrokgateError: _answer_error, HTTPException: _answer_no_route},
    )
    # A redirect would take a client's key to wherever its Host header points.
    app.router.redirect_slashes = False
    return app


def _full_name(contract: Any, service: str) -> str:
    full_name: str = contract.DESCRIPTOR.services_by_name[service].full_name
    return full_name


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GrokgateError)  # noqa: S101  # what Starlette registered it for
    request_id = call_of(request).request_id
    if PUBLIC_ERRORS[error.reason].withheld:
        _log.error("Withheld from a client: %s", error.reason, extra={"request_id": request_id})
    return error_response(error, request_id)


async def _answer_no_route(request: Request, error: Exception) -> Response:
    """What Starlette's router raises: 404 for an unknown path, 405 for a wrong method."""
    assert isinstance(error, HTTPException)  # noqa: S101  # what Starlette registered it for
    allowed = dict(error.headers or {})
    if "Allow" in allowed:
        refusal = GrokgateError(
            Reason.METHOD_NOT_ALLOWED, f"This path does not take {request.method}."
        )
    else:
        refusal = GrokgateError(Reason.NOT_FOUND, "There is nothing at this path.")
    return error_response(refusal, call_of(request).request_id, headers=allowed)
