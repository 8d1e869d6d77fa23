"""What xAI refuses of a video request although every type is right."""

from collections.abc import Iterator

from grokgate.sandbox.errors import RefusalError, invalid_argument
from grokgate.sandbox.models import VideoModel, find_model
from grokgate.sandbox.videos.requests import VideoRequest

_MAX_SECONDS = 15
_NOT_MADE_HERE = (
    "keyframes",
    "last_frame",
    "output",
    "reference_audios",
    "reference_images",
    "storage_options",
)


def check_request(request: VideoRequest) -> VideoModel:
    """The model that a good request is for. Raises what is wrong with any other."""
    model = find_model(request.model)
    if not isinstance(model, VideoModel):
        raise invalid_argument(f"Model not found: {request.model}")
    for problem in _problems(request, model):
        raise problem
    return model


def _problems(request: VideoRequest, model: VideoModel) -> Iterator[RefusalError]:
    for name in _NOT_MADE_HERE:
        if getattr(request, name) is not None:
            yield invalid_argument(f"The sandbox does not know `{name}`.")
    if not request.prompt and request.image is None:
        yield invalid_argument("`prompt` is required for text-to-video.")
    if not 1 <= request.length_s <= _MAX_SECONDS:
        yield invalid_argument(f"`duration` must be between 1 and {_MAX_SECONDS} seconds.")
    if request.resolution and request.resolution not in model.prices.seconds:
        yield invalid_argument(
            f"{request.resolution} video resolution is not available for this model."
        )
