"""The schemas of the requests for images and videos."""

from grokgate.edge.images.fields import EDIT, EDIT_FORM, GENERATION, IMAGE
from grokgate.edge.images.request import COUNT_MAX, DELIVERIES, IMAGES_IN_MAX
from grokgate.edge.objects import NAME_MAX, USER_MAX
from grokgate.edge.reference.schemas import (
    HTTPS_PATTERN,
    NOT_NULL,
    NULL,
    TEXT,
    Schema,
    any_of,
    array,
    has,
    reference,
    short,
    words,
)
from grokgate.edge.reference.shapes import Shape
from grokgate.edge.video.fields import VIDEO
from grokgate.edge.video.request import BUDGET_MAX_USD, BUDGET_PATTERN, DURATION_MAX_S, WAIT_MAX_S

_SOME_TEXT = TEXT | {"minLength": 1}
_FILE: Schema = {"type": "string", "format": "binary"}
_FILES = array(_FILE, 1) | {"maxItems": IMAGES_IN_MAX}

# In base64: how a JPEG, a PNG and a WebP begin, and whatever follows.
_BEGINNINGS = (
    "/9j/",
    "iVBORw0KGg[o-r][A-Za-z0-9+/]",
    "UklGR[g-v][A-Za-z0-9+/]{4}[BFJNRVZdhlptx159]XRUJQ",
)
_REST = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_IMAGE_DATA = f"data:image/(jpeg|png|webp);base64,({'|'.join(_BEGINNINGS)}){_REST}"
_IMAGE_ADDRESS: Schema = {"type": "string", "pattern": f"^({HTTPS_PATTERN}|{_IMAGE_DATA})$"}

_DRAWING: dict[str, Schema] = {
    "model": short(NAME_MAX, 1),
    "prompt": _SOME_TEXT,
    "n": {"type": "integer", "minimum": 1, "maximum": COUNT_MAX},
    "aspect_ratio": short(NAME_MAX),
    "resolution": short(NAME_MAX),
    "quality": short(NAME_MAX),
    "response_format": words(*DELIVERIES),
    "user": short(USER_MAX),
}


def _one_of(first: str, second: str) -> Schema:
    """A rule: one of two properties is there, and the other is absent."""
    return any_of(
        has(**{first: NOT_NULL}) | {"properties": {first: NOT_NULL, second: NULL}},
        has(**{second: NOT_NULL}) | {"properties": {second: NOT_NULL, first: NULL}},
    )


MEDIA_SHAPES: dict[str, Shape] = {
    "ImageGenerationRequest": Shape(GENERATION, _DRAWING),
    "ImageEditRequest": Shape(
        EDIT,
        _DRAWING
        | {
            "image": reference("SentImage"),
            "images": array(reference("SentImage"), 1) | {"maxItems": IMAGES_IN_MAX},
        },
        _one_of("image", "images"),
    ),
    "ImageEditForm": Shape(
        EDIT_FORM,
        _DRAWING | {"image": any_of(_FILE, _FILES), "image[]": any_of(_FILE, _FILES)},
        any_of({"required": ["image"]}, {"required": ["image[]"]}),
    ),
    "SentImage": Shape(
        IMAGE, {"url": _IMAGE_ADDRESS, "image_url": _IMAGE_ADDRESS}, _one_of("url", "image_url")
    ),
    "VideoRequest": Shape(
        VIDEO,
        {
            "model": short(NAME_MAX, 1),
            "prompt": TEXT,
            "duration_seconds": {"type": "integer", "minimum": 1, "maximum": DURATION_MAX_S},
            "aspect_ratio": short(NAME_MAX),
            "resolution": short(NAME_MAX),
            "image": reference("SentImage"),
            "max_wait_seconds": {"type": "integer", "minimum": 0, "maximum": WAIT_MAX_S},
            "max_budget_usd": any_of(
                {"type": "number", "minimum": 0, "maximum": BUDGET_MAX_USD},
                {"type": "string", "pattern": f"^0*{BUDGET_PATTERN}$"},
            ),
            "user": short(USER_MAX),
        },
        any_of(has(prompt=_SOME_TEXT), has(image=NOT_NULL)),
    ),
}
