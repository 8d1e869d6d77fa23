"""Encoding with PyAV. Imported only by a worker thread that has a film to make."""

from collections.abc import Iterator
from io import BytesIO

import av
from PIL import Image, ImageDraw, ImageFont, ImageOps

from grokgate.sandbox.studio.drawing import backdrop, band
from grokgate.sandbox.studio.works import Film

_FRAMES_PER_SECOND = 24
_OPTIONS = {"preset": "ultrafast", "crf": "28"}


def mp4(film: Film) -> bytes:
    """A film in H.264, as a file."""
    buffer = BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_FRAMES_PER_SECOND, options=_OPTIONS)
        stream.width, stream.height = film.picture.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1  # what is left of the machine is for the streams
        for image in _frames(film):
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV's gap
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _frames(film: Film) -> Iterator[Image.Image]:
    """The picture wanders off to the left and its mirror image comes in, under a counter."""
    width, height = film.picture.size
    picture = backdrop(film.picture)
    strip = Image.new("RGB", (2 * width, height))
    strip.paste(picture, (0, 0))
    strip.paste(ImageOps.mirror(picture), (width, 0))
    caption = band(film.picture)
    margin = height // 16
    font = ImageFont.load_default(margin)
    count = film.seconds * _FRAMES_PER_SECOND
    for number in range(count):
        left = number * width // count
        frame = strip.crop((left, 0, left + width, height))
        frame.paste(caption, (0, height - caption.height))
        draw = ImageDraw.Draw(frame)
        draw.text((margin, margin), f"{number + 1} / {count}", fill="white", font=font)
        draw.rectangle((0, height - 4, width * (number + 1) // count, height), fill="white")
        yield frame
