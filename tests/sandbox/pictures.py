"""Pictures to send to the sandbox, and a look at those that come back."""

import base64
from io import BytesIO

from PIL import Image

RED = (200, 20, 20)
BLUE = (20, 20, 200)

Colour = tuple[int, int, int]


def picture(colour: Colour, size: tuple[int, int] = (64, 64), form: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, form)
    return buffer.getvalue()


def data_uri(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def is_near(image: Image.Image, at: tuple[int, int], colour: Colour) -> bool:
    seen = image.convert("RGB").getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(a - b) < 40 for a, b in zip(seen, colour, strict=True))
