"""What xAI refuses of an image request although every type is right."""

from collections.abc import Iterator

from grokgate.sandbox.errors import RefusalError, invalid_argument
from grokgate.sandbox.images.requests import EditRequest, GenerationRequest
from grokgate.sandbox.models import ImageModel, find_model
from grokgate.sandbox.prices import ImagePrice

_MAX_IMAGES = 10
_MAX_INPUTS = 5
_MAX_PROMPT_CHARACTERS = 8_000
# Since its retirement it is served by 2.0, always at the low quality.
_ALWAYS_LOW = "grok-imagine-image-quality"


def check_request(request: GenerationRequest) -> tuple[ImageModel, ImagePrice]:
    """Of a good request, the model and a picture's price. Raises what is wrong with any other."""
    model = find_model(request.model)
    if not isinstance(model, ImageModel):
        raise invalid_argument(f"Model not found: {request.model}")
    for problem in _problems(request):
        raise problem
    return model, _price(request, model)


def _problems(request: GenerationRequest) -> Iterator[RefusalError]:
    if request.size is not None:
        yield invalid_argument("Argument not supported: size")
    if request.storage_options is not None or request.output is not None:
        yield invalid_argument("The sandbox keeps no files.")
    if request.deferred:
        yield invalid_argument("The sandbox defers no images.")
    if not 1 <= len(request.prompt) <= _MAX_PROMPT_CHARACTERS:
        yield invalid_argument(f"`prompt` must have 1 to {_MAX_PROMPT_CHARACTERS} characters.")
    if request.n is not None and not 1 <= request.n <= _MAX_IMAGES:
        yield invalid_argument(f"`n` must be between 1 and {_MAX_IMAGES}.")
    if isinstance(request, EditRequest):
        yield from _input_problems(request)


def _input_problems(request: EditRequest) -> Iterator[RefusalError]:
    if request.image is not None and request.images is not None:
        yield invalid_argument("`image` and `images` exclude each other.")
    if not request.inputs:
        yield invalid_argument("An edit needs an `image` or `images`.")
    if len(request.inputs) > _MAX_INPUTS:
        yield invalid_argument(f"A maximum of {_MAX_INPUTS} images is supported.")


def _price(request: GenerationRequest, model: ImageModel) -> ImagePrice:
    quality, resolution = _quality(request, model), request.resolution or "1k"
    for price in model.prices:
        if (price.quality, price.resolution) == (quality, resolution):
            return price
    raise invalid_argument(f"This model does not support `resolution` value `{resolution}`.")


def _quality(request: GenerationRequest, model: ImageModel) -> str:
    """The quality that is served, and billed; empty where the model has none."""
    has_qualities = bool(model.prices[0].quality) and request.model != _ALWAYS_LOW
    if request.quality is not None and not has_qualities:
        raise invalid_argument("Argument not supported on this model: quality")
    if request.quality == "high":
        raise invalid_argument("This model does not support `quality` value `high`.")
    if request.quality in {"low", "medium"}:
        return request.quality
    if has_qualities and isinstance(request, EditRequest):
        return "medium"
    return model.prices[0].quality
