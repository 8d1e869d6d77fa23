"""POST /v1/tokenize-text."""

import msgspec

from grokgate.sandbox import tokens
from grokgate.sandbox.answers import Answer, Ask, json_answer
from grokgate.sandbox.bodies import read_body, read_typed
from grokgate.sandbox.errors import invalid_argument
from grokgate.sandbox.models import TextModel, find_model


class TokenizeRequest(msgspec.Struct):
    """What is to be cut into tokens."""

    model: str
    text: str


def tokenize(ask: Ask) -> Answer:
    """The tokens of a text. A prompt costs more: it has a prefix and frames."""
    request = read_typed(read_body(ask.body), TokenizeRequest)
    if not isinstance(find_model(request.model), TextModel):
        raise invalid_argument(f"Model not found: {request.model}")
    return json_answer({"token_ids": [_token(piece) for piece in tokens.split(request.text)]})


def _token(piece: str) -> dict[str, object]:
    encoded = piece.encode()
    number = int.from_bytes(encoded[:3]) % 131_072
    return {"token_id": number, "string_token": piece, "token_bytes": list(encoded)}
