"""POST /v1/images/generations and /v1/images/edits."""

import asyncio
import base64
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from grokgate.sandbox.answers import Answer, Ask
from grokgate.sandbox.bills import billed, moderation
from grokgate.sandbox.bodies import read_body, read_typed
from grokgate.sandbox.directives import find, without_directives
from grokgate.sandbox.images.requests import EditRequest, GenerationRequest
from grokgate.sandbox.images.validation import check_request
from grokgate.sandbox.keys import check_may_spend
from grokgate.sandbox.models import ImageModel
from grokgate.sandbox.prices import ImagePrice
from grokgate.sandbox.studio.results import Results
from grokgate.sandbox.studio.sizes import image_size, ratio_of, ratio_of_size
from grokgate.sandbox.studio.sources import Source, read_source
from grokgate.sandbox.studio.works import IMAGE_TYPE, Picture, seed_of
from grokgate.sandbox.studio.workshop import Workshop


@dataclass(frozen=True, slots=True)
class _Order:
    """A request that is good; `ratio` is width by height."""

    request: GenerationRequest
    model: ImageModel
    price: ImagePrice
    ratio: float
    sources: tuple[Source, ...] = ()

    @property
    def count(self) -> int:
        """How many pictures are wanted."""
        return self.request.n or 1

    def cost_ticks(self, count: int) -> int:
        """What so many pictures cost, and what they are made from."""
        return count * self.price.ticks + len(self.sources) * self.model.input_ticks


class Images:
    """Answers image calls. A repeated call repeats its pictures, and is billed again."""

    def __init__(self, workshop: Workshop, results: Results) -> None:
        self._workshop = workshop
        self._results = results

    async def generate(self, ask: Ask) -> Answer:
        """Pictures of a prompt."""
        check_may_spend(ask.api_key)
        request = read_typed(read_body(ask.body), GenerationRequest)
        model, price = check_request(request)
        return await self._answer(ask, _Order(request, model, price, _asked_ratio(request)))

    async def edit(self, ask: Ask) -> Answer:
        """Pictures upon other pictures. One alone keeps its shape."""
        check_may_spend(ask.api_key)
        request = read_typed(read_body(ask.body), EditRequest)
        model, price = check_request(request)
        sources = tuple(read_source(each) for each in request.inputs)
        sizes = [await self._workshop.measure(source) for source in sources]
        ratio = ratio_of_size(sizes[0]) if len(sizes) == 1 else _asked_ratio(request)
        return await self._answer(ask, _Order(request, model, price, ratio, sources))

    async def _answer(self, ask: Ask, order: _Order) -> Answer:
        verdict = moderation("image", order.cost_ticks(order.count), ask.directives)
        if verdict is not None:
            return verdict
        limit = find(ask.directives, "images")
        count = min(order.count, max(limit.number, 0)) if limit else order.count
        entries = [self._entry(ask, order, number) for number in range(count)]
        body = {"data": await asyncio.gather(*entries), "model": order.model.id}
        return billed(body, order.cost_ticks(count), ask.directives)

    async def _entry(self, ask: Ask, order: _Order, number: int) -> dict[str, Any]:
        if find(ask.directives, "withheld"):
            return {"respect_moderation": False}
        picture = _picture(ask, order, number)
        entry = {"mime_type": IMAGE_TYPE, "revised_prompt": picture.words}
        if order.request.response_format == "b64_json":
            data = await self._workshop.make(picture)
            return {**entry, "b64_json": base64.b64encode(data).decode()}
        return {**entry, "url": ask.base_url + publish(self._results, picture, ask)}


def publish(results: Results, picture: Picture, ask: Ask) -> str:
    """The path at which a picture can be fetched, unless it shall be dead."""
    name = f"{UUID(bytes=picture.seed)}.jpeg"
    if find(ask.directives, "dead-url"):
        return f"/imgen/xai-dead-imgen-{name}"
    path = f"/imgen/xai-tmp-imgen-{name}"
    results.put(path, picture)
    return path


def _asked_ratio(request: GenerationRequest) -> float:
    asked = request.aspect_ratio
    return 1.0 if asked in {None, "auto"} else ratio_of(asked)


def _picture(ask: Ask, order: _Order, number: int) -> Picture:
    size = image_size(order.ratio, order.price.resolution)
    made_of = f"{size[0]}x{size[1]}, {number + 1} of {order.count}"
    return Picture(
        words=without_directives(order.request.prompt),
        small_print=f"grokgate sandbox, {order.model.id}, {made_of}",
        seed=seed_of(ask.body, number, len(order.sources)),
        size=size,
        sources=order.sources,
    )
