"""What a model is for, by the operations that serve it."""

from grokgate.api.billing.v1.catalog_pb2 import Model
from grokgate.api.types.v1.endpoint_pb2 import Endpoint

_TEXT = {Endpoint.ENDPOINT_RESPONSES, Endpoint.ENDPOINT_CHAT_COMPLETIONS}
_IMAGES = {Endpoint.ENDPOINT_IMAGES_GENERATIONS, Endpoint.ENDPOINT_IMAGES_EDITS}


def makes_text(model: Model) -> bool:
    """Whether it writes; one that transcribes does not."""
    return not _TEXT.isdisjoint(model.endpoints)


def makes_images(model: Model) -> bool:
    """Whether it makes or edits images."""
    return not _IMAGES.isdisjoint(model.endpoints)


def makes_videos(model: Model) -> bool:
    """Whether it makes videos."""
    return Endpoint.ENDPOINT_VIDEO_GENERATIONS in model.endpoints


def speaks(model: Model) -> bool:
    """Whether it reads texts aloud."""
    return Endpoint.ENDPOINT_AUDIO_SPEECH in model.endpoints


def transcribes(model: Model) -> bool:
    """Whether it writes down what is spoken."""
    return Endpoint.ENDPOINT_AUDIO_TRANSCRIPTIONS in model.endpoints
