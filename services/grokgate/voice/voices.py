"""Who may speak."""

from collections.abc import Iterator

from grokgate.api.voice.v1.voice_pb2 import Voice
from grokgate.catalog.models import Catalog


def voices(catalog: Catalog) -> Iterator[Voice]:
    """The voices of the models that speak, in the catalogue's order."""
    for model in catalog.models.values():
        if model.speech is None or model.retired:
            continue
        for voice in model.speech.voices:
            yield Voice(id=voice, model=model.id, default=voice == model.speech.default_voice)
