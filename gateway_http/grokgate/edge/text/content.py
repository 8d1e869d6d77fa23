"""What a message says: text and pictures."""

from collections.abc import Callable
from typing import Any

from grokgate.api.text.v1.text_pb2 import ContentPart, InputImage
from grokgate.edge.fields import Table, invalid, missing, unsupported
from grokgate.edge.image_urls import image_url
from grokgate.edge.objects import RequestObject
from grokgate.edge.text.responses_fields import IMAGE_PART, IMAGE_URL, REFUSAL_PART, TEXT_PART

_DETAILS = ("auto", "low", "high")
_FILE_PARTS = frozenset({"input_file", "file", "input_audio", "input_video", "video_url"})


def read_content(value: Any, path: str) -> list[ContentPart]:
    """The parts of a message, given as a string or as an array; at least one."""
    if value is None:
        raise missing(path)
    if type(value) is str:
        return [ContentPart(text=value)]
    if type(value) is not list or not value:
        raise invalid(path, "a string, or an array of at least one part")
    return [_read_part(part, f"{path}[{index}]") for index, part in enumerate(value)]


def kind_of(value: Any, path: str) -> str | None:
    """The `type` of an object that may be of several kinds; None when absent."""
    if type(value) is not dict:
        raise invalid(path, "an object")
    kind = value.get("type")
    if kind is not None and type(kind) is not str:
        raise invalid(f"{path}.type", "a string")
    return kind


def _read_part(value: Any, path: str) -> ContentPart:
    kind = kind_of(value, path)
    if kind is None:
        raise missing(f"{path}.type")
    if kind in _FILE_PARTS:
        raise unsupported(f"{path}.type", "Send text, or an image as an https or data URI.")
    if kind not in _PARTS:
        raise invalid(f"{path}.type", f"one of {', '.join(_PARTS)}")
    table, read = _PARTS[kind]
    return read(RequestObject(value, table, path))


def _read_text(part: RequestObject) -> ContentPart:
    return ContentPart(text=part.given_text("text"))


def _read_refusal(part: RequestObject) -> ContentPart:
    return ContentPart(text=part.given_text("refusal"))


def _read_image(part: RequestObject) -> ContentPart:
    path = part.path("image_url")
    value, detail = part.value("image_url"), part.choice("detail", _DETAILS)
    if type(value) is dict:
        nested = RequestObject(value, IMAGE_URL, path)
        path = nested.path("url")
        value, detail = nested.value("url"), nested.choice("detail", _DETAILS) or detail
    if value is None:
        raise missing(path)
    return ContentPart(image=InputImage(url=image_url(value, path), detail=detail or ""))


_PARTS: dict[str, tuple[Table, Callable[[RequestObject], ContentPart]]] = {
    "input_text": (TEXT_PART, _read_text),
    "text": (TEXT_PART, _read_text),
    "output_text": (TEXT_PART, _read_text),
    "refusal": (REFUSAL_PART, _read_refusal),
    "input_image": (IMAGE_PART, _read_image),
    "image_url": (IMAGE_PART, _read_image),
}
