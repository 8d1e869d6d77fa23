"""The public operations: their words in keys and the catalogue, and their paths."""

from grokgate.api.types.v1.endpoint_pb2 import Endpoint

_PREFIX = "ENDPOINT_"

# Each endpoint's word, such as `chat_completions`, by its number in the contract.
WORDS: dict[int, str] = {
    number: name.removeprefix(_PREFIX).lower() for name, number in Endpoint.items() if number
}

NUMBERS: dict[str, Endpoint.ValueType] = {
    WORDS[number]: number for number in Endpoint.values() if number
}

# Where each is served over HTTP.
PATHS: dict[str, str] = {
    "responses": "/v1/responses",
    "chat_completions": "/v1/chat/completions",
    "images_generations": "/v1/images/generations",
    "images_edits": "/v1/images/edits",
    "video_generations": "/v1/video/generations",
    "audio_speech": "/v1/audio/speech",
    "audio_transcriptions": "/v1/audio/transcriptions",
}
