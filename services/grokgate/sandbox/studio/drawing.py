"""Drawing with Pillow. Imported only by a worker thread that has something to draw."""

import textwrap
from io import BytesIO
from unicodedata import combining, normalize

from PIL import Image, ImageColor, ImageDraw, ImageFont, ImageOps

from grokgate.sandbox.errors import invalid_argument
from grokgate.sandbox.studio.sizes import Size
from grokgate.sandbox.studio.sources import Source
from grokgate.sandbox.studio.works import Picture

_STAND_IN_SIZE = (1024, 1024)

_FORMATS = ("JPEG", "PNG", "WEBP")
_MAX_SOURCE_PIXELS = 50_000_000
_JPEG_QUALITY = 85
_MAX_LINES = 5
_LETTER_WIDTH = 0.55  # of the font's size, on average
_BAND_COLOUR = "#101418"


def measure(source: Source) -> Size:
    """A source's size; decodes it wholly, or refuses it with 400."""
    if source.host:
        return _STAND_IN_SIZE
    try:
        with Image.open(BytesIO(source.data), formats=_FORMATS) as image:
            is_small = image.width * image.height <= _MAX_SOURCE_PIXELS
            if is_small:
                image.load()
    except Exception as error:  # decoders raise anything on bad bytes
        raise invalid_argument("An image could not be decoded as jpeg, png or webp.") from error
    if not is_small:
        raise invalid_argument(f"An image may have at most {_MAX_SOURCE_PIXELS} pixels.")
    return image.size


def jpeg(picture: Picture) -> bytes:
    """A picture with its words, as a file."""
    image = backdrop(picture)
    caption = band(picture)
    image.paste(caption, (0, image.height - caption.height))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()


def backdrop(picture: Picture) -> Image.Image:
    """A picture without its words: its first source, the others in a row upon it, or colours."""
    if not picture.sources:
        return _colours(picture.seed, picture.size)
    first, *others = (_opened(source) for source in picture.sources)
    image = ImageOps.fit(first, picture.size)
    side = min(picture.size) // 5
    for number, other in enumerate(others):
        image.paste(ImageOps.fit(other, (side, side)), (number * side, 0))
    return image


def band(picture: Picture) -> Image.Image:
    """The words on a dark band, as wide as the picture."""
    width, height = picture.size
    font_pixels = max(min(width, height) // 20, 12)
    line_pixels = round(font_pixels * 1.4)
    columns = int(width / font_pixels / _LETTER_WIDTH) - 2
    lines = textwrap.wrap(_ascii(picture.words), columns, max_lines=_MAX_LINES, placeholder=" …")
    image = Image.new("RGB", (width, line_pixels * (len(lines) + 2)), _BAND_COLOUR)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(font_pixels)
    top = line_pixels // 2
    for line in lines:
        draw.text((font_pixels, top), line, fill="white", font=font)
        top += line_pixels
    small_font = ImageFont.load_default(font_pixels * 0.6)
    draw.text((font_pixels, top), picture.small_print, fill="#9aa4ae", font=small_font)
    return image


def _ascii(words: str) -> str:
    """What Pillow's own font can show."""
    letters = (each for each in normalize("NFKD", words) if not combining(each))
    return "".join(letters).encode("ascii", "replace").decode()


def _opened(source: Source) -> Image.Image:
    if source.host:
        return _stand_in(source.host)
    return Image.open(BytesIO(source.data), formats=_FORMATS).convert("RGB")


def _stand_in(host: str) -> Image.Image:
    """What a picture may look like that lies at a host; it is not fetched."""
    image = _colours(host.encode(), _STAND_IN_SIZE)
    middle = (_STAND_IN_SIZE[0] / 2, _STAND_IN_SIZE[1] / 2)
    font = ImageFont.load_default(48)
    ImageDraw.Draw(image).text(middle, host, fill="white", font=font, anchor="mm")
    return image


def _colours(seed: bytes, size: Size) -> Image.Image:
    hue = int.from_bytes(seed[:2]) % 360
    inner = ImageColor.getrgb(f"hsl({hue},70%,60%)")
    outer = ImageColor.getrgb(f"hsl({(hue + 60) % 360},60%,20%)")
    return ImageOps.colorize(Image.radial_gradient("L").resize(size), inner, outer)
