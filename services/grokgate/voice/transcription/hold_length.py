"""For how much audio money is held: the most trustworthy length that is known beforehand."""

# The most bits that a second of audio can take, by container. An mp4 or mkv may carry pictures.
_HIGHEST_BITS_PER_SECOND = {
    "mp3": 320_000,
    "ogg": 1_000_000,
    "opus": 1_000_000,
    "aac": 1_000_000,
    "wav": 12_288_000,
    "flac": 12_288_000,
    "m4a": 12_288_000,
}
_ANY_BITS_PER_SECOND = 100_000_000

_SECOND_US = 1_000_000


def hold_us(
    *,
    stated_us: int | None,
    claimed_us: int | None,
    default_s: int,
    size_bytes: int,
    audio_format: str,
) -> int:
    """Microseconds: what the container states, else what the caller claims, else the default.

    Statement and claim are not believed below what so many bytes can hold at the format's highest
    bit rate: whoever lies can then not get much more than is held. An empty format is any.
    """
    believed_us = stated_us or claimed_us
    if believed_us is None:
        return default_s * _SECOND_US
    rate = _HIGHEST_BITS_PER_SECOND.get(audio_format, _ANY_BITS_PER_SECOND)
    return max(believed_us, _rounded_up(size_bytes * 8 * _SECOND_US, rate))


def raw_us(size_bytes: int, bytes_per_second: int) -> int:
    """Microseconds of audio without a container, whose length is a matter of arithmetic."""
    return _rounded_up(size_bytes * _SECOND_US, bytes_per_second)


def _rounded_up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
