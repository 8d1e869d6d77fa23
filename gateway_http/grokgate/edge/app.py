"""The edge as one ASGI application: every route and every layer around them."""

import logging
from typing import Any

import grpc.aio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grokgate.api.billing.v1 import account_pb2
from grokgate.api.text.v1 import text_pb2
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.tracing import UNTRACED, Tracing
from grokgate.edge.account.routes import Account
from grokgate.edge.account.usage import Usage
from grokgate.edge.auth import KeyFilter
from grokgate.edge.errors import PUBLIC_ERRORS, error_response
from grokgate.edge.health import Health
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.metrics import EdgeMetrics
from grokgate.edge.middleware import Identify, Observe, WithholdServerErrors, call_of
from grokgate.edge.models.catalog import Catalog
from grokgate.edge.models.pricing import Pricing
from grokgate.edge.models.routes import (
    ALL_MODELS,
    IMAGE_MODELS,
    LANGUAGE_MODELS,
    VIDEO_MODELS,
    Models,
)
from grokgate.edge.not_public import RefuseWebSockets, not_public_routes
from grokgate.edge.reference.routes import Reference
from grokgate.edge.text.calls import TextCalls
from grokgate.edge.text.chat_completions import ChatCompletions
from grokgate.edge.text.responses import Responses

_log = logging.getLogger("grokgate.edge")


def build_app(
    *,
    text: grpc.aio.Channel,
    billing: grpc.aio.Channel,
    limits: EdgeLimits,
    clock: Clock,
    ids: IdSource,
    metrics: Metrics,
    tracing: Tracing = UNTRACED,
) -> Starlette:
    """The application, over channels to its services: on a wire or in the process."""
    keys = KeyFilter(billing, limits, clock)
    text_calls = TextCalls(keys, text, limits)
    responses = Responses(text_calls)
    chat = ChatCompletions(text_calls)
    account = Account(keys, billing, limits.billing_timeout_s)
    usage = Usage(keys, billing, limits.billing_timeout_s)
    catalog = Catalog(billing, limits.billing_timeout_s)
    pricing = Pricing(catalog)
    models, language_models, image_models, video_models = (
        Models(keys, catalog, listing)
        for listing in (ALL_MODELS, LANGUAGE_MODELS, IMAGE_MODELS, VIDEO_MODELS)
    )
    reference = Reference()
    health = Health(_services(text, billing), metrics, limits.readiness_timeout_s)
    app = Starlette(
        routes=[
            Route("/v1/responses", responses.create, methods=["POST"]),
            Route("/v1/chat/completions", chat.create, methods=["POST"]),
            Route("/v1/key", account.key),
            Route("/v1/balance", account.balance),
            Route("/v1/usage", usage.rows),
            Route("/v1/pricing", pricing.price_list),
            Route("/v1/models", models.data),
            Route("/v1/models/{id:path}", models.entry),
            Route("/v1/language-models", language_models.models),
            Route("/v1/language-models/{id:path}", language_models.entry),
            Route("/v1/image-generation-models", image_models.models),
            Route("/v1/image-generation-models/{id:path}", image_models.entry),
            Route("/v1/video-generation-models", video_models.models),
            Route("/v1/video-generation-models/{id:path}", video_models.entry),
            *not_public_routes(keys),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            Route("/metrics", health.metrics),
            Route("/openapi.json", reference.openapi),
            Route("/docs", reference.docs),
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


def _services(
    text: grpc.aio.Channel, billing: grpc.aio.Channel
) -> dict[str, tuple[grpc.aio.Channel, str]]:
    return {
        "text": (text, _full_name(text_pb2, "TextService")),
        "billing": (billing, _full_name(account_pb2, "AccountService")),
    }


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
