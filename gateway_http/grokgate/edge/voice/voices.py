"""How clients see the voices that models speak with."""

from typing import Literal

import msgspec

from grokgate.api.voice.v1.voice_pb2 import ListVoicesResponse


class VoiceObject(msgspec.Struct, kw_only=True):
    """A voice of a model; whether it speaks when none is asked for."""

    id: str
    object: Literal["voice"] = "voice"
    model: str
    default: bool


class VoiceList(msgspec.Struct, kw_only=True):
    """Every voice."""

    object: Literal["list"] = "list"
    data: list[VoiceObject]


def voice_list(answer: ListVoicesResponse) -> VoiceList:
    """The answer of `GET /v1/audio/voices`."""
    return VoiceList(
        data=[
            VoiceObject(id=voice.id, model=voice.model, default=voice.default)
            for voice in answer.voices
        ]
    )
