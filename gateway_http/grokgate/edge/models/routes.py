"""The listings of models: `/v1/models`, the three with full information, and the price list."""

from collections.abc import Callable
from dataclasses import dataclass

import grpc.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grokgate.api.billing.v1.catalog_pb2 import Model
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.answers import json_answer
from grokgate.edge.auth import KeyFilter
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.middleware import call_of
from grokgate.edge.models.catalog import Catalog
from grokgate.edge.models.kinds import makes_images, makes_text, makes_videos
from grokgate.edge.models.objects import (
    ListedModel,
    image_model,
    language_model,
    listed_model,
    video_model,
)
from grokgate.edge.models.pricing import Pricing

# How much of an unknown id an error message repeats.
_ID_SHOWN_MAX = 64


@dataclass(frozen=True, slots=True)
class Listing:
    """Which models a listing has, and how it shows them."""

    has: Callable[[Model], bool]
    show: Callable[[Model], ListedModel]


ALL_MODELS = Listing(lambda _: True, listed_model)
LANGUAGE_MODELS = Listing(makes_text, language_model)
IMAGE_MODELS = Listing(makes_images, image_model)
VIDEO_MODELS = Listing(makes_videos, video_model)


def model_routes(keys: KeyFilter, billing: grpc.aio.Channel, limits: EdgeLimits) -> list[Route]:
    """The routes that show what is sold, and for how much."""
    catalog = Catalog(billing, limits.billing_timeout_s)
    every, language, image, video = (
        Models(keys, catalog, listing)
        for listing in (ALL_MODELS, LANGUAGE_MODELS, IMAGE_MODELS, VIDEO_MODELS)
    )
    return [
        Route("/v1/models", every.data),
        Route("/v1/models/{id:path}", every.entry),
        Route("/v1/language-models", language.models),
        Route("/v1/language-models/{id:path}", language.entry),
        Route("/v1/image-generation-models", image.models),
        Route("/v1/image-generation-models/{id:path}", image.entry),
        Route("/v1/video-generation-models", video.models),
        Route("/v1/video-generation-models/{id:path}", video.entry),
        Route("/v1/pricing", Pricing(catalog).price_list),
    ]


class Models:
    """Serves one listing and its entries: what the calling key may use, at its price."""

    def __init__(self, keys: KeyFilter, catalog: Catalog, listing: Listing) -> None:
        self._keys = keys
        self._catalog = catalog
        self._listing = listing

    async def data(self, request: Request) -> Response:
        """The listing in OpenAI's shape, as in `GET /v1/models`."""
        return json_answer({"object": "list", "data": await self._shown(request)})

    async def models(self, request: Request) -> Response:
        """The listing in xAI's shape, as in `GET /v1/language-models`."""
        return json_answer({"models": await self._shown(request)})

    async def entry(self, request: Request) -> Response:
        """One model by its id, its bare name or an alias; fails with MODEL_NOT_FOUND."""
        name = request.path_params["id"]
        for model in await self._allowed(request):
            if _means(name, model):
                return json_answer(self._listing.show(model))
        raise GrokgateError(
            Reason.MODEL_NOT_FOUND,
            f"There is no model `{name[:_ID_SHOWN_MAX]}` here that this key may use. "
            "GET /v1/models lists those that it may.",
            param="model",
        )

    async def _shown(self, request: Request) -> list[ListedModel]:
        return [self._listing.show(model) for model in await self._allowed(request)]

    async def _allowed(self, request: Request) -> list[Model]:
        call = call_of(request)
        await self._keys.admit(call)
        answer = await self._catalog.models(call)
        return [model for model in answer.models if self._listing.has(model)]


def _means(name: str, model: Model) -> bool:
    """Whether a name is the model's id, or an alias with or without the id's prefix."""
    prefix = model.id[: model.id.rfind("/") + 1]
    return name == model.id or name.removeprefix(prefix) in model.aliases
