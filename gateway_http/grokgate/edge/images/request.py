"""From the bodies of the image routes to what the media service is asked."""

import re
from collections.abc import Mapping
from typing import Any

from grokgate.api.media.v1 import media_pb2
from grokgate.api.media.v1.media_pb2 import EditImagesRequest, GenerateImagesRequest, InputImage
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.fields import invalid, missing
from grokgate.edge.forms import Form
from grokgate.edge.images.fields import EDIT, EDIT_FORM, GENERATION
from grokgate.edge.images.input_image import image_content, read_image
from grokgate.edge.objects import NAME_MAX, USER_MAX, RequestObject

COUNT_MAX = 10
IMAGES_IN_MAX = 5

DELIVERIES = {"url": media_pb2.DELIVERY_URL, "b64_json": media_pb2.DELIVERY_CONTENT}

# Fields of the OpenAI API that are refused in the provider's own words.
_UNSUPPORTED_ARGUMENTS = ("size", "style")

_FILE_FIELDS = ("image", "image[]")
_DIGITS = re.compile(r"[0-9]{1,9}")
# Text that stands for a JSON value, in the fields that are not texts.
_FORM_FLAGS = {"true": True, "false": False}


def read_generation(value: Mapping[str, Any]) -> GenerateImagesRequest:
    """Translate the body of `POST /v1/images/generations`.

    Fails with MISSING_PARAMETER, UNKNOWN_PARAMETER, UNSUPPORTED_PARAMETER or INVALID_VALUE, and
    `param` is the path of the field. What a value means for its model is the service's to judge.
    """
    _refuse_arguments(value)
    return _generation(RequestObject(value, GENERATION))


async def read_edit(value: Mapping[str, Any]) -> EditImagesRequest:
    """Translate the body of `POST /v1/images/edits`; fails as `read_generation` does."""
    _refuse_arguments(value)
    body = RequestObject(value, EDIT)
    generation = _generation(body)
    return EditImagesRequest(generation=generation, images=await _read_images(body))


def read_edit_form(form: Form) -> EditImagesRequest:
    """Translate the form of `POST /v1/images/edits`; fails as `read_generation` does."""
    value = {name: _form_value(name, text) for name, text in form.texts.items()}
    _refuse_arguments(value)
    body = RequestObject(value | {file.field: "" for file in form.files}, EDIT_FORM)
    for name in _FILE_FIELDS:
        if name in value:
            raise invalid(name, "a file: a part with a filename")
    for file in form.files:
        if file.field not in _FILE_FIELDS:
            raise invalid(file.field, "a text: a part without a filename")
    if not form.files:
        raise missing("image")
    _require_count(len(form.files), form.files[0].field)
    images = [image_content(file.data, file.field) for file in form.files]
    return EditImagesRequest(generation=_generation(body), images=images)


def _generation(body: RequestObject) -> GenerateImagesRequest:
    delivery = body.choice("response_format", tuple(DELIVERIES))
    return GenerateImagesRequest(
        model=body.required_text("model", NAME_MAX),
        prompt=body.required_text("prompt"),
        count=body.integer("n", 1, COUNT_MAX),
        aspect_ratio=body.text("aspect_ratio", NAME_MAX),
        resolution=body.text("resolution", NAME_MAX),
        quality=body.text("quality", NAME_MAX),
        delivery=DELIVERIES[delivery or "url"],
        user=body.text("user", USER_MAX) or "",
    )


async def _read_images(body: RequestObject) -> list[InputImage]:
    one, several = body.value("image"), body.items("images")
    if one is not None and several:
        raise invalid("images", "absent when `image` is given")
    if one is not None:
        return [await read_image(one, "image")]
    if body.value("images") is None:
        raise missing("image")
    _require_count(len(several), "images")
    return [await read_image(image, path) for path, image in several]


def _require_count(count: int, param: str) -> None:
    if not 1 <= count <= IMAGES_IN_MAX:
        raise invalid(param, f"1 to {IMAGES_IN_MAX} images")


def _refuse_arguments(value: Mapping[str, Any]) -> None:
    for name in _UNSUPPORTED_ARGUMENTS:
        if value.get(name) is not None:
            raise GrokgateError(
                Reason.UNSUPPORTED_PARAMETER, f"Argument not supported: {name}", param=name
            )


def _form_value(name: str, text: str) -> Any:
    """What JSON would have in place of a form's text."""
    if name in {"n", "partial_images"} and _DIGITS.fullmatch(text):
        return int(text)
    if name in {"stream", "deferred"}:
        return _FORM_FLAGS.get(text, text)
    return text
