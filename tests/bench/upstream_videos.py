"""Upstream's `/v1/videos`: jobs that are pending until the benchmark ends them.

`POST /bench/end` ends those that are open one after another, in an order that has nothing to do
with that of their creation, over as many seconds as its body says. `GET /bench/videos` tells a
Tally. Only the benchmark asks these.
"""

import json
import time
from math import inf

import msgspec

from tests.bench.answers import whole

# Eight seconds at 480p.
VIDEO_COST_USD_TICKS = 4_000_000_000
CREATE, END, TALLY = b"/v1/videos/generations", b"/bench/end", b"/bench/videos"

_ID = "bench-"
_DONE = whole(
    json.dumps(
        {
            "status": "done",
            "progress": 100,
            "model": "grok-imagine-video",
            "usage": {"cost_in_usd_ticks": VIDEO_COST_USD_TICKS},
            "video": {
                "url": "https://vidgen.x.ai/xai-vidgen-bucket/xai-video-bench.mp4",
                "duration": 8,
                "respect_moderation": True,
            },
        }
    ).encode()
)
_ACCEPTED = b"202 Accepted"
# Multiples of it modulo 1 are spread evenly, however many there are.
_GOLDEN_RATIO = 0.618_033_988_749_895


class Tally(msgspec.Struct, frozen=True):
    """How many questions about jobs were answered, and when which job ends, if that is known.

    Times are this machine's monotonic seconds.
    """

    questions: int
    ends_s: dict[str, float]


class VideoJobs:
    """Every job of this upstream."""

    def __init__(self) -> None:
        self._ends_s: list[float] = []
        self._asked: list[int] = []

    def answer(self, path: bytes, body: bytes) -> bytes:
        """What a request with this path is answered."""
        if path == CREATE:
            return self._create()
        if path == END:
            return self._end(float(body))
        if path == TALLY:
            return whole(msgspec.json.encode(self._tally()))
        return self._tell(int(path.decode().rpartition(_ID)[2]))

    def _create(self) -> bytes:
        self._ends_s.append(inf)
        self._asked.append(0)
        return whole(b'{"request_id":"%b%d"}' % (_ID.encode(), len(self._ends_s) - 1))

    def _tell(self, number: int) -> bytes:
        self._asked[number] += 1
        if self._ends_s[number] <= time.monotonic():
            return _DONE
        # More with each question, so that the gateway always has something to remember.
        progress = min(99, self._asked[number])
        return whole(b'{"status":"pending","progress":%d}' % progress, _ACCEPTED)

    def _end(self, spread_s: float) -> bytes:
        now_s = time.monotonic()
        for number, end_s in enumerate(self._ends_s):
            if end_s == inf:
                self._ends_s[number] = now_s + number * _GOLDEN_RATIO % 1 * spread_s
        return whole(b"{}")

    def _tally(self) -> Tally:
        ends_s = {f"{_ID}{n}": end_s for n, end_s in enumerate(self._ends_s) if end_s < inf}
        return Tally(sum(self._asked), ends_s)
