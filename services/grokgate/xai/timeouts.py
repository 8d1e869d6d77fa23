"""How long upstream may take."""

from dataclasses import dataclass

# By how much a socket waits longer than its caller.
_MARGIN_S = 5


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Four ceilings, in seconds."""

    connect_s: float = 5
    """Until a connection stands."""
    header_s: float = 300
    """From the request's last byte until the answer's head."""
    idle_s: float = 120
    """Between two pieces of the answer's body."""
    total_s: float = 3600
    """For the call as a whole, retries included."""

    @property
    def silence_s(self) -> float:
        """After which a connection is closed that nobody waits for any more."""
        return max(self.header_s, self.idle_s) + _MARGIN_S
