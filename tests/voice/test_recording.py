"""Audio on its way through: bounded, and gone afterwards."""

import asyncio
from pathlib import Path

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.voice.transcription.recording import Recording, in_thread

MIB = 1024 * 1024


@pytest.mark.parametrize("size", [1, MIB, MIB + 1, 3 * MIB])
async def test_all_that_was_added_can_be_read(tmp_path: Path, size: int) -> None:
    recording = Recording(tmp_path, ceiling_bytes=3 * MIB)
    audio = bytes(range(256)) * (size // 256 + 1)
    for start in range(0, size, 100_000):
        await recording.add(audio[start : min(start + 100_000, size)])
    recording.file.seek(0)
    assert recording.file.read() == audio[:size]
    assert recording.size_bytes == size
    assert list(tmp_path.iterdir()) == []
    recording.close()


async def test_what_is_too_much_is_refused(tmp_path: Path) -> None:
    recording = Recording(tmp_path, ceiling_bytes=2 * MIB)
    await recording.add(bytes(2 * MIB))
    with pytest.raises(GrokgateError) as caught:
        await recording.add(b"x")
    assert caught.value.reason is Reason.BODY_TOO_LARGE
    assert str(2 * MIB) in caught.value.message
    recording.close()


async def test_a_disk_that_takes_no_more_is_our_trouble(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "missing", ceiling_bytes=3 * MIB)
    with pytest.raises(GrokgateError) as caught:
        await recording.add(bytes(2 * MIB))
    assert caught.value.reason is Reason.OVERLOADED
    assert "missing" not in caught.value.message
    recording.close()


async def test_work_on_a_file_is_waited_for_when_its_caller_is_cancelled() -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), []
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(may_end.wait(), loop).result()
        ended.append(True)

    waiting = asyncio.ensure_future(in_thread(work))
    await begun.wait()
    waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    may_end.set()
    await asyncio.wait([waiting])
    assert (waiting.cancelled(), ended) == (True, [True])
