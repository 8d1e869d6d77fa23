"""Decoding with PyAV. Imported only by a worker thread that has something to decode."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from io import BytesIO

import av
from av.container import InputContainer

from grokgate.sandbox.sound.recordings import (
    HEARD_S,
    Channel,
    RawFormat,
    Recording,
    TooLongError,
    UndecodableError,
)
from grokgate.sandbox.sound.samples import SAMPLE_BYTES, SAMPLE_RATE

# A playlist would make the decoder open the files and the addresses that it names.
_CONTAINERS = "wav,w64,mp3,ogg,flac,mov,mp4,m4a,matroska,webm,aac,aiff,amr,au,caf,mpegts"
_RAW_CONTAINERS = {"pcm": "s16le", "mulaw": "mulaw", "alaw": "alaw"}
_KEPT_BYTES = HEARD_S * SAMPLE_RATE * SAMPLE_BYTES
_LIMIT_S = 8 * 3600


def decode(data: bytes, raw: RawFormat | None, *, split: bool) -> Recording:
    """A recording; `split` keeps its channels apart. Raises UndecodableError or TooLongError."""
    resampler = av.AudioResampler("s16p", None if split else "mono", SAMPLE_RATE)
    channels: list[Channel] = []
    duration_s = Fraction(0)
    try:
        with _opened(data, raw) as container:
            for frame in _frames(container):
                duration_s += Fraction(frame.samples, frame.sample_rate)
                if duration_s > _LIMIT_S:
                    raise TooLongError
                _add(channels, resampler.resample(frame))
        if not duration_s:
            raise UndecodableError
        _add(channels, resampler.resample(None))
    except (av.FFmpegError, ValueError) as error:
        raise UndecodableError from error
    # Of less than a millisecond nothing may be left.
    return Recording(round(1000 * duration_s), channels or [Channel()])


def _opened(data: bytes, raw: RawFormat | None) -> InputContainer:
    if raw is None:
        return av.open(BytesIO(data), "r", options={"format_whitelist": _CONTAINERS})
    options = {"sample_rate": str(raw.sample_rate), "ch_layout": f"{raw.channels}c"}
    return av.open(BytesIO(data), "r", _RAW_CONTAINERS[raw.encoding], options)


def _frames(container: InputContainer) -> Iterator[av.AudioFrame]:
    """The frames of the first audio stream; a damaged packet is left out."""
    for packet in container.demux(container.streams.audio[:1]):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        yield from frames


def _add(channels: list[Channel], frames: Iterable[av.AudioFrame]) -> None:
    for frame in frames:
        if not channels:
            channels.extend(Channel() for _ in frame.planes)
        for channel, plane in zip(channels, frame.planes, strict=True):
            samples = bytes(plane)[: frame.samples * SAMPLE_BYTES]
            channel.loudness.add(samples)
            channel.samples += samples[: _KEPT_BYTES - len(channel.samples)]
