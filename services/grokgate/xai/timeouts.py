"""How long upstream may take."""

from dataclasses import dataclass


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
