"""The parts of the benchmark: each starts what it needs, and answers with its tables."""

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from grokgate.launch.settings import Settings
from tests.bench import questions
from tests.bench.measuring import Load, Measurements, measure
from tests.bench.report import report_answers, report_streams, report_videos
from tests.bench.videos import VideoPlan, measure_videos
from tests.bench.ways import direct, gateway

_ROUNDS = 3
_TEXT = questions.text()
_WARM_UP = Load(32, 1600, _TEXT)
_TEXT_LOADS = (
    Load(1, 800, _TEXT),
    Load(32, 3200, _TEXT),
    Load(1, 200, questions.streamed_text(1)),
    Load(128, 256, questions.streamed_text(100)),
)
_VIDEOS = VideoPlan(
    jobs=2000,
    connections=32,
    interval_s=Settings.model_fields["video_poll_ceiling_s"].default,
    watch_s=10,
    spread_s=20,
    text=Load(1, 400, _TEXT),
)


def _speech(connections: int, requests: int, sentences: int) -> Load:
    upstream_question = questions.upstream_speech(sentences)
    return Load(connections, requests, questions.speech(sentences), upstream_question)


_SPEECH_LOADS = (_speech(1, 40, 3), _speech(32, 192, 10))


async def text(folder: Path) -> str:
    """Whole answers and streams, on every way."""
    measurements = await _on_every_way(folder, _WARM_UP, _TEXT_LOADS)
    return f"{report_answers(measurements)}\n\n{report_streams(measurements, 'delta')}"


async def speech(folder: Path) -> str:
    """Audio as it arrives, on every way."""
    measurements = await _on_every_way(folder, _speech(32, 64, 3), _SPEECH_LOADS)
    return report_streams(measurements, "chunk")


async def video(folder: Path) -> str:
    """Many videos at once, in one process."""
    state_dir = folder / "all"
    async with direct() as upstream, gateway("one process", "all", upstream, state_dir) as one:
        taken = await measure_videos(upstream, one, state_dir / "media.sqlite3", _VIDEOS)
    return report_videos(taken)


PARTS: dict[str, Callable[[Path], Coroutine[Any, Any, str]]] = {
    "text": text,
    "speech": speech,
    "video": video,
}


async def _on_every_way(folder: Path, warm_up: Load, loads: tuple[Load, ...]) -> Measurements:
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(direct())
        together = gateway("one process", "all", upstream, folder / "all")
        split = gateway("split", "split", upstream, folder / "split")
        ways = [upstream] + [await stack.enter_async_context(way) for way in (together, split)]
        return await measure(ways, loads, warm_up=warm_up, rounds=_ROUNDS)
