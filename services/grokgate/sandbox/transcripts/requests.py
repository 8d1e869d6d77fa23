"""The form of POST /v1/stt."""

import asyncio
from collections.abc import AsyncGenerator

import msgspec
from starlette.datastructures import FormData, Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from grokgate.sandbox.answers import Ask
from grokgate.sandbox.sound.recordings import RawFormat, RawName
from grokgate.sandbox.transcripts.refusals import wrong

_SLICE_BYTES = 1 << 18


class Fields(msgspec.Struct, kw_only=True):
    """What may stand before the file; other fields are ignored."""

    model: str = "grok-voice-transcribe-2.0"
    url: str | None = None
    audio_format: RawName | None = None
    sample_rate: int | None = None
    language: str | None = None
    format: bool = False
    multichannel: bool = False
    channels: int | None = None
    diarize: bool = False

    @property
    def raw(self) -> RawFormat | None:
        """What a sound without a container needs to be told."""
        if self.audio_format is None or self.sample_rate is None:
            return None
        channels = self.channels if self.multichannel else None
        return RawFormat(self.audio_format, self.sample_rate, channels or 1)


async def read_form(ask: Ask) -> tuple[Fields, bytes | None]:
    """The fields, and the file if there is one. Fails with 400 where a type is wrong."""
    headers = Headers({"content-type": ask.content_type})
    try:
        form = await MultiPartParser(headers, _slices(ask.body)).parse()
    except MultiPartException as error:
        raise wrong(f"Failed to parse the multipart form: {error.message}") from error
    try:
        return await _read(form)
    finally:
        await form.close()


async def _slices(body: bytes) -> AsyncGenerator[bytes, None]:
    """A large body in parts, so that streams flow on between them."""
    for start in range(0, len(body), _SLICE_BYTES):
        yield body[start : start + _SLICE_BYTES]
        await asyncio.sleep(0)


async def _read(form: FormData) -> tuple[Fields, bytes | None]:
    words: dict[str, str] = {}
    file = None
    for name, value in form.multi_items():
        if not isinstance(value, str):
            file = await value.read()
            break  # xAI warns that what follows the file may be ignored; here it is
        words[name] = value
    try:
        # The values of a form are text: "true", "8000".
        return msgspec.convert(words, Fields, strict=False), file
    except msgspec.ValidationError as error:
        raise wrong(f"Failed to deserialize the form: {error}") from error
