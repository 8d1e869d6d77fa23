"""What xAI refuses of a transcription although every type is right."""

from collections.abc import Iterator

from grokgate.sandbox.errors import RefusalError
from grokgate.sandbox.transcripts.refusals import too_large, wrong
from grokgate.sandbox.transcripts.requests import Fields

_MODELS = ("grok-voice-transcribe-2.0", "grok-voice-transcribe-1.0")
_MAX_FILE_BYTES = 500 << 20
_MIN_SAMPLE_RATE, _MAX_SAMPLE_RATE = 8_000, 48_000
_MIN_CHANNELS, _MAX_CHANNELS = 2, 8


def check_form(fields: Fields, file: bytes | None) -> bytes:
    """The file of a good form. Raises what is wrong with any other."""
    for problem in _problems(fields):
        raise problem
    if file is None:
        raise wrong("`file` is required, as the last part of the form.")
    if len(file) > _MAX_FILE_BYTES:
        raise too_large("`file` may have at most 500 MB.")
    return file


def _problems(fields: Fields) -> Iterator[RefusalError]:
    if fields.model not in _MODELS:
        yield wrong(f"Model not found: {fields.model}")
    if fields.url is not None:
        yield wrong("The sandbox fetches no `url`.")
    if fields.language == "auto":
        yield wrong("`language` must be a language code; leave it out for detection.")
    if fields.format and not fields.language:
        yield wrong("`format` requires `language`.")
    yield from _raw_problems(fields)


def _raw_problems(fields: Fields) -> Iterator[RefusalError]:
    rate, channels = fields.sample_rate, fields.channels
    if fields.audio_format is not None and rate is None:
        yield wrong("`audio_format` requires `sample_rate`.")
    if rate is not None and not _MIN_SAMPLE_RATE <= rate <= _MAX_SAMPLE_RATE:
        yield wrong(f"`sample_rate` must be between {_MIN_SAMPLE_RATE} and {_MAX_SAMPLE_RATE}.")
    if channels is not None and not _MIN_CHANNELS <= channels <= _MAX_CHANNELS:
        yield wrong(f"`channels` must be between {_MIN_CHANNELS} and {_MAX_CHANNELS}.")
    if fields.multichannel and fields.audio_format is not None and channels is None:
        yield wrong("`multichannel` with `audio_format` requires `channels`.")
