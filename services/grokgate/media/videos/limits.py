"""How often, how long and how many: the limits of video jobs."""

from dataclasses import dataclass

from grokgate.chassis.errors import StartupError


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoLimits:
    """The defaults fit videos that take half a minute to several minutes."""

    poll_first_s: float = 1
    """From the creation until the first question."""
    poll_growth: float = 1.5
    """How much longer each wait is than the one before."""
    poll_ceiling_s: float = 5
    """The longest wait between two questions, while the rate allows it."""
    poll_timeout_s: float = 10
    """How long one question may take."""
    polls_per_second: float = 400
    """Questions a second with one upstream key; what is more waits. 2 000 jobs at 5 s need 400."""
    poll_concurrency: int = 64
    """Questions at once."""
    hard_deadline_s: float = 3600
    """After so long a job without a verdict expires."""
    open_ceiling: int = 10_000
    """Jobs of one process that have no verdict yet; above it no further one begins."""
    hold_expiry_s: float = 600
    """How long a job's hold lives unless it is extended."""
    settle_wait_s: float = 10
    """How long those who wait for a video that has ended also wait for its charge."""
    retry_ceiling_s: float = 300
    """The longest wait before an ending that billing refuses is sent again."""
    lease_s: float = 20
    """How long after a process has died another one takes over its jobs."""
    renew_s: float = 5
    """How often leases are renewed, progress is stored, and orphans are looked for."""

    look_every_s: float = 1
    """How often those who wait for another process's job look at its row."""
    content_idle_s: float = 60
    """The longest silence of the provider while a video is passed through."""
    content_stall_s: float = 60
    """How long a reader of a video may take nothing."""

    def __post_init__(self) -> None:
        if self.lease_s <= self.renew_s + self.poll_timeout_s:
            raise StartupError(
                "video limits: a lease must be longer than its renewal and a question together, "
                "or no question could be asked under it."
            )

    @property
    def hold_expiry_ms(self) -> int:
        """Milliseconds."""
        return int(self.hold_expiry_s * 1000)
