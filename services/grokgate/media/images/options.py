"""What a caller asks of a model that makes images, checked against what the model has."""

from collections.abc import Collection
from dataclasses import dataclass

from grokgate.api.media.v1.media_pb2 import GenerateImagesRequest
from grokgate.catalog.models import Model
from grokgate.catalog.options import ImageOptions
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.refusals import check_user, invalid, missing, not_one_of


@dataclass(frozen=True, slots=True)
class AskedOptions:
    """What is in force.

    `aspect_ratio` is empty when it is left to the model. `quality` is the caller's word, or the
    model's default; it may be `auto`, and is empty for a model without qualities.
    """

    count: int
    aspect_ratio: str
    resolution: str
    quality: str


def read_options(request: GenerateImagesRequest, model: Model) -> AskedOptions:
    """The options of a request; upstream would answer any other with a refusal, or with a bill.

    Raises MISSING_PARAMETER, INVALID_VALUE, UNSUPPORTED_PARAMETER.
    """
    has = image_options(model)
    _check_prompt(request.prompt, model.max_prompt_length)
    check_user(request.user)
    return AskedOptions(
        count=_count(request, has.max_images),
        aspect_ratio=_choice(request, "aspect_ratio", has.aspect_ratios) or "",
        resolution=_choice(request, "resolution", has.resolutions) or has.resolutions[0],
        quality=_choice(request, "quality", has.qualities) or has.default_quality,
    )


def image_options(model: Model) -> ImageOptions:
    """What a model has that serves an endpoint for images."""
    assert model.image is not None  # noqa: S101  # the catalogue refuses such an entry
    return model.image


def _check_prompt(prompt: str, max_characters: int) -> None:
    if not prompt.strip():
        raise missing("prompt", "say what to draw")
    if max_characters and len(prompt) > max_characters:
        raise invalid("prompt", f"it has {len(prompt)} characters; use at most {max_characters}")


def _count(request: GenerateImagesRequest, ceiling: int) -> int:
    count = request.count if request.HasField("count") else 1
    if not 1 <= count <= ceiling:
        range_of = "use 1" if ceiling == 1 else f"use a whole number from 1 to {ceiling}"
        raise invalid("n", range_of)
    return count


def _choice(request: GenerateImagesRequest, name: str, choices: Collection[str]) -> str | None:
    """The caller's word; None when there is none."""
    if not request.HasField(name):  # type: ignore[arg-type]  # one of its optional fields
        return None
    word: str = getattr(request, name)
    if not choices:
        raise GrokgateError(
            Reason.UNSUPPORTED_PARAMETER, f"Argument not supported: {name}", param=name
        )
    if word not in choices:
        raise not_one_of(name, word, choices)
    return word
