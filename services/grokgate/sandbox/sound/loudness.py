"""How loud a sound is from window to window: what survives every codec."""

from array import array
from collections.abc import Sequence

from grokgate.sandbox.sound.samples import SAMPLE_BYTES, SAMPLE_RATE, WINDOW_BYTES, WINDOW_MS

_STEP = 4  # of the samples, one in so many is enough
_WINDOW_SAMPLES = WINDOW_BYTES // SAMPLE_BYTES
_QUIET = 0.05  # of the loudest window
_INAUDIBLE = 30


class Loudness:
    """Collects the loudness of a sound, and its length."""

    def __init__(self) -> None:
        self.windows = array("H")
        self.sample_count = 0
        self._rest = b""

    @property
    def duration_ms(self) -> int:
        """How long the sound is."""
        return round(1000 * self.sample_count / SAMPLE_RATE)

    def add(self, samples: bytes) -> None:
        """The next piece; what fills no window waits for more."""
        self.sample_count += len(samples) // SAMPLE_BYTES
        pending = array("h", self._rest + samples)
        whole = len(pending) - len(pending) % _WINDOW_SAMPLES
        for start in range(0, whole, _WINDOW_SAMPLES):
            window = pending[start : start + _WINDOW_SAMPLES : _STEP]
            self.windows.append(sum(map(abs, window)) // len(window))
        self._rest = pending[whole:].tobytes()

    @property
    def end_ms(self) -> int:
        """When the last of it is heard."""
        return WINDOW_MS * max(self.voiced(), default=0)

    def voiced(self) -> list[int]:
        """The numbers of the windows that are not silent."""
        threshold = max(_QUIET * max(self.windows, default=0), _INAUDIBLE)
        return [number for number, loud in enumerate(self.windows) if loud > threshold]


def likeness(one: Sequence[int], other: Sequence[int], shift: int) -> float:
    """How alike two sounds are, from -1 to 1, if the other begins `shift` windows later."""
    first, second = one[max(-shift, 0) :], other[max(shift, 0) :]
    count = min(len(first), len(second))
    if count == 0:
        return 0.0
    first_mean, second_mean = sum(first[:count]) / count, sum(second[:count]) / count
    product = first_power = second_power = 0.0
    for a, b in zip(first, second, strict=False):
        product += (a - first_mean) * (b - second_mean)
        first_power += (a - first_mean) ** 2
        second_power += (b - second_mean) ** 2
    power = (first_power * second_power) ** 0.5
    return product / power if power else 0.0
