"""How many pixels a shape and a resolution are."""

from math import sqrt

_IMAGE_SIDES = {"1k": 1024, "1.5k": 1536, "2k": 2048}
_FILM_SIDES = {"480p": 480, "720p": 720, "1080p": 1080}
_IMAGE_STEP = 16
_FILM_STEP = 2  # H.264 halves the colours
_STEEPEST = 4.0

Size = tuple[int, int]


def ratio_of(name: str) -> float:
    """Width by height of a name such as `16:9` or `9:19.5`."""
    width, _, height = name.partition(":")
    return float(width) / float(height)


def ratio_of_size(size: Size) -> float:
    """Width by height of a picture, or the nearest that is still worth looking at."""
    return min(max(size[0] / size[1], 1 / _STEEPEST), _STEEPEST)


def image_size(ratio: float, resolution: str) -> Size:
    """A picture with the area of a square of the resolution."""
    side = _IMAGE_SIDES[resolution]
    return _near(side * sqrt(ratio), _IMAGE_STEP), _near(side / sqrt(ratio), _IMAGE_STEP)


def film_size(ratio: float, resolution: str) -> Size:
    """A film whose shorter side is the resolution: 854 by 480 for 16:9 at 480p."""
    side = _FILM_SIDES[resolution]
    return _near(side * max(ratio, 1), _FILM_STEP), _near(side / min(ratio, 1), _FILM_STEP)


def _near(pixels: float, step: int) -> int:
    return round(pixels / step) * step
