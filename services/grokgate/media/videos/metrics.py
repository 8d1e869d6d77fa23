"""What Prometheus reads of video jobs."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class VideoMetrics:
    """The metrics of a process's jobs; `count_open` is asked at each scrape."""

    def __init__(self, registry: CollectorRegistry, count_open: Callable[[], int]) -> None:
        Gauge(
            "grokgate_media_open_videos",
            "Video jobs of this process whose ending billing has not taken yet.",
            registry=registry,
        ).set_function(count_open)
        self.ends = Counter(
            "grokgate_media_videos",
            "Video jobs that ended, by state.",
            ("state",),
            registry=registry,
        )
        self.polls = Counter(
            "grokgate_media_polls",
            "Questions about videos, by what upstream's answer was.",
            ("answer",),
            registry=registry,
        )
