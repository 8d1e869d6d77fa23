"""What a hold is sized by: what containers state, however hostile they are."""

import io
import random
from typing import IO

import pytest

from grokgate.voice.transcription.hold_length import hold_us, raw_us
from grokgate.voice.transcription.stated_length import stated_us
from tests.voice.audio import recorded, wav

SECOND_US = 1_000_000
MIB = 1024 * 1024


def stated(audio: bytes) -> int | None:
    return stated_us(io.BytesIO(audio))


class CountingFile(io.BytesIO):
    """Counts what is read of it."""

    bytes_read = 0
    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.reads += 1
        self.bytes_read += len(data)
        return data


@pytest.mark.parametrize("container", ["mp3", "ogg", "flac", "m4a", "mp4"])
def test_a_container_states_its_length(container: str) -> None:
    found = stated(recorded(container))
    assert found is not None
    assert 3 * SECOND_US <= found <= 3.1 * SECOND_US


def test_a_wav_states_its_length_exactly() -> None:
    assert stated(wav(2.5)) == 2_500_000


def test_a_wav_that_was_written_as_a_stream_is_as_long_as_its_bytes() -> None:
    streamed = bytearray(wav(2))
    streamed[4:8] = streamed[40:44] = b"\xff\xff\xff\xff"
    found = stated(bytes(streamed))
    assert found is not None
    assert 2 * SECOND_US <= found <= 2.01 * SECOND_US


@pytest.mark.parametrize("container", ["aac", "mkv"])
def test_what_states_no_length_is_not_guessed_at(container: str) -> None:
    assert stated(recorded(container)) is None


@pytest.mark.parametrize("audio", [b"", b"\xff", b"ID3", b"OggS", b"RIFF", b"hello", b"fLaC"])
def test_what_is_no_audio_states_nothing(audio: bytes) -> None:
    assert stated(audio) is None


def test_a_length_beyond_belief_is_not_believed() -> None:
    endless = bytearray(recorded("flac"))
    # The number of samples: 36 bits at the end of STREAMINFO's fixed part.
    endless[21:26] = bytes([endless[21] | 0x0F]) + b"\xff\xff\xff\xff"
    assert stated(bytes(endless)) is None


@pytest.mark.parametrize("container", ["mp3", "ogg", "flac", "m4a"])
def test_damaged_and_truncated_audio_never_raises(container: str) -> None:
    chance = random.Random(container)  # noqa: S311  # damage, not secrets
    whole = recorded(container)
    for _ in range(200):
        damaged = bytearray(whole[: chance.randrange(len(whole))])
        for _ in range(min(len(damaged), chance.randrange(20))):
            damaged[chance.randrange(min(len(damaged), 400))] = chance.randrange(256)
        found = stated(bytes(damaged))
        assert found is None or found > 0


@pytest.mark.parametrize(
    "hostile",
    [
        b"\xff\xfb" + bytes(4 * MIB),
        b"\xff\xe0" * 2 * MIB,
        (b"OggS\0\0" + bytes(20) + b"\0") * 200_000,
        (b"OggS\0\0" + bytes(20) + b"\xff" + b"\xff" * 255 + bytes(65_025)) * 200,
        b"RIFF\0\0\0\0WAVE" + b"abcd\0\0\0\0" * 500_000,
        b"\0\0\0\x08ftyp" + b"\0\0\0\x08moov" * 500_000,
        b"fLaC" + b"\x01\0\0\0" * 1_000_000,
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(4 * MIB),
    ],
    ids=["mp3", "sync", "pages", "packet", "riff", "atoms", "blocks", "id3"],
)
def test_a_container_that_never_ends_is_given_up(hostile: bytes) -> None:
    file = CountingFile(hostile)
    opened: IO[bytes] = file
    assert stated_us(opened) is None
    assert file.reads <= 20_002
    assert file.bytes_read <= 8 * MIB + 4


@pytest.mark.parametrize(
    ("stated_s", "claimed_s", "size_bytes", "audio_format", "held_us"),
    [
        (12, 99, 1000, "mp3", 12 * SECOND_US),
        (None, 99, 1000, "mp3", 99 * SECOND_US),
        (None, None, 1000, "mp3", 3600 * SECOND_US),
        # A claim is not believed below what the bytes can hold: 320 kbit/s are 40 000 bytes/s.
        (None, 1, 400_000, "mp3", 10 * SECOND_US),
        (1, None, 400_000, "mp3", 10 * SECOND_US),
        (None, 1, 400_001, "mp3", 10_000_025),
        (None, 1, 12_500_000 * 3, "", 3 * SECOND_US),
        (None, 1, 12_500_000 * 3, "mkv", 3 * SECOND_US),
    ],
)
def test_the_most_trustworthy_length_is_held_for(
    stated_s: int | None, claimed_s: int | None, size_bytes: int, audio_format: str, held_us: int
) -> None:
    found = hold_us(
        stated_us=stated_s and stated_s * SECOND_US,
        claimed_us=claimed_s and claimed_s * SECOND_US,
        default_s=3600,
        size_bytes=size_bytes,
        audio_format=audio_format,
    )
    assert found == held_us


def test_raw_audio_is_as_long_as_its_bytes() -> None:
    assert raw_us(32_000, 16_000) == 2 * SECOND_US
    assert raw_us(1, 48_000) == 21
