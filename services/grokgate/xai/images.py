"""Images on upstream's wire: how they are sent, and what its answer says (docs.x.ai, 2026).

Base64 is written and read in slices: 20 MB at once would keep the event loop for 30 ms, and a
worker thread would too, since the codec does not let go of the interpreter.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from grokgate.chassis.base64_text import decode_base64, encode_base64_in_pieces
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.json_text import UNREADABLE
from grokgate.xai.errors import UpstreamError, read_refusal, to_upstream_error
from grokgate.xai.usage import ProviderCost, read_cost


class _Entry(msgspec.Struct):
    url: str | None = None
    b64_json: str | None = None
    mime_type: str | None = None
    revised_prompt: str | None = None
    respect_moderation: bool | None = None


class _Answer(msgspec.Struct):
    data: list[_Entry]
    usage: Any = None


@dataclass(frozen=True, slots=True)
class ReturnedImage:
    """An image by its address, or else its bytes; `mime_type` is empty when upstream is silent."""

    url: str
    data: bytes
    mime_type: str
    revised_prompt: str | None


@dataclass(frozen=True, slots=True)
class ImagesAnswer:
    """The images that came, at least one, and what upstream bills for them."""

    images: tuple[ReturnedImage, ...]
    cost: ProviderCost

    def first(self, count: int) -> "ImagesAnswer":
        """The answer without images that nobody asked for, nor shall pay for."""
        return ImagesAnswer(self.images[:count], self.cost)


_DECODER = msgspec.json.Decoder(_Answer)


async def data_uri_json(mime_type: str, data: bytes) -> msgspec.Raw:
    """An image's bytes as a data URI, quoted for JSON."""
    begin, pieces = f'"data:{mime_type};base64,'.encode(), await encode_base64_in_pieces(data)
    return msgspec.Raw(b"".join((begin, *pieces, b'"')))


async def read_images(body: bytes) -> ImagesAnswer:
    """What a body with status 200 says.

    Raises UpstreamError, with the cost that the body names, when there is no image in it.
    """
    try:
        answer = _DECODER.decode(body)
    except UNREADABLE as exc:
        raise to_upstream_error(read_refusal(200, body, None)) from exc
    images = [await _returned(entry) for entry in answer.data]
    returned = tuple(image for image in images if image is not None)
    cost = read_cost(answer.usage)
    if not returned:
        raise UpstreamError(_no_image(answer.data), cost=cost)
    return ImagesAnswer(returned, cost)


async def _returned(entry: _Entry) -> ReturnedImage | None:
    """The image of an entry; None when moderation kept it back or there is nothing readable."""
    if entry.respect_moderation is False:
        return None
    mime_type = entry.mime_type or ""
    if entry.b64_json:
        named, text = _without_data_uri(entry.b64_json)
        data = await _decoded(text)
        if data:
            return ReturnedImage("", data, mime_type or named, entry.revised_prompt)
    if entry.url:
        return ReturnedImage(entry.url, b"", mime_type, entry.revised_prompt)
    return None


def _without_data_uri(text: str) -> tuple[str, str]:
    """The media type and the base64 of a data URI; bare base64 names no type."""
    if not text.startswith("data:"):
        return "", text
    head, _, content = text.partition(",")
    return head.removeprefix("data:").partition(";")[0], content


async def _decoded(text: str) -> bytes:
    """The bytes of some base64; none when it is not base64."""
    try:
        return await decode_base64(text)
    except ValueError:  # not base64, or not even ASCII
        return b""


def _no_image(entries: list[_Entry]) -> GrokgateError:
    if any(entry.respect_moderation is False for entry in entries):
        return GrokgateError(
            Reason.CONTENT_MODERATED,
            "The provider's moderation rejected the result.",
            upstream_started=True,
        )
    return GrokgateError(
        Reason.PROVIDER_ERROR, "The provider answered without an image.", upstream_started=True
    )
