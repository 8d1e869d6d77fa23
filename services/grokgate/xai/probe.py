"""Free questions to api.x.ai: whether a key works, and what xAI charges for text and images.

`GET /v1/api-key`, `/v1/language-models` and `/v1/image-generation-models` cost nothing (docs.x.ai,
November 2026). xAI lists no price of video, speech or transcription.
"""

import asyncio
from collections.abc import Mapping
from typing import TypeVar

import httpx
import msgspec

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.secrets import Secret

_TIMEOUT_S = 15
_OK = 200


class TextModelPrices(msgspec.Struct, frozen=True):
    """What xAI lists of a model: ticks per token, which are its cents per 100 million tokens.

    A long-context price of 0 stands for the standard one.
    """

    id: str
    prompt_text_token_price: int
    cached_prompt_text_token_price: int
    completion_text_token_price: int
    prompt_image_token_price: int = 0
    long_context_threshold: int = 0
    prompt_text_token_price_long_context: int = 0
    cached_prompt_text_token_price_long_context: int = 0
    completion_text_token_price_long_context: int = 0

    def by_word(self) -> dict[str, int]:
        """The prices in the catalogue's words."""
        prices = {
            "input": self.prompt_text_token_price,
            "cached_input": self.cached_prompt_text_token_price,
            "output": self.completion_text_token_price,
            "image_input": self.prompt_image_token_price,
            "long_context_threshold": self.long_context_threshold,
        }
        if self.long_context_threshold:
            long = {
                "input": self.prompt_text_token_price_long_context,
                "cached_input": self.cached_prompt_text_token_price_long_context,
                "output": self.completion_text_token_price_long_context,
            }
            prices |= {f"long_{word}": price or prices[word] for word, price in long.items()}
        return prices


class _KeyPage(msgspec.Struct, frozen=True):
    team_blocked: bool = False
    api_key_blocked: bool = False
    api_key_disabled: bool = False


class _TextModelsPage(msgspec.Struct, frozen=True):
    models: list[TextModelPrices]


class _ImagePrice(msgspec.Struct, frozen=True):
    """Ticks of an image, as the published example has it; the schema's text says cents."""

    resolution: str
    price_per_image: int
    quality: str = ""


class _ImageModel(msgspec.Struct, frozen=True):
    id: str
    pricing: list[_ImagePrice]


class _ImageModelsPage(msgspec.Struct, frozen=True):
    models: list[_ImageModel]


Page = TypeVar("Page", _KeyPage, _TextModelsPage, _ImageModelsPage)

# The ticks of an image by quality, empty where a model has none, and resolution.
ImagePrices = Mapping[tuple[str, str], int]


class Probe:
    """Asks with one key. Every question raises PROVIDER_UNAVAILABLE, for operators' eyes."""

    def __init__(self, transport: httpx.AsyncBaseTransport, base_url: str, api_key: Secret) -> None:
        self._transport = transport
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key

    async def check_key(self) -> None:
        """Raises unless the key works."""
        page = await self._get("/api-key", _KeyPage)
        for flag, blocked in msgspec.structs.asdict(page).items():
            if blocked:
                raise _failed(f"xAI says `{flag}` of the key")

    async def text_prices(self) -> dict[str, dict[str, int]]:
        """The prices of each text model by its upstream id, in the catalogue's words."""
        page = await self._get("/language-models", _TextModelsPage)
        return {model.id: model.by_word() for model in page.models}

    async def image_prices(self) -> dict[str, ImagePrices]:
        """The prices of each image model by its upstream id."""
        page = await self._get("/image-generation-models", _ImageModelsPage)
        return {
            model.id: {
                (price.quality, price.resolution): price.price_per_image for price in model.pricing
            }
            for model in page.models
        }

    async def _get(self, path: str, kind: type[Page]) -> Page:
        request = httpx.Request(
            "GET",
            self._base_url + path,
            headers={"authorization": f"Bearer {self._api_key.reveal()}"},
        )
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                response = await self._transport.handle_async_request(request)
                body = await response.aread()
                await response.aclose()
        except (TimeoutError, httpx.TransportError) as exc:
            raise _failed(f"{self._base_url} cannot be reached") from exc
        if response.status_code != _OK:
            raise _failed(f"xAI answered {response.status_code} to GET {path}")
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as exc:
            raise _failed(f"xAI's answer to GET {path} cannot be read") from exc


def _failed(why: str) -> GrokgateError:
    return GrokgateError(Reason.PROVIDER_UNAVAILABLE, why)
