"""Images that callers send: passed on, never fetched, and really what they say they are."""

import base64

import msgspec
import pytest

from grokgate.api.media.v1.media_pb2 import InputImage
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.media.images.inputs import check_input, check_inputs, upstream_json
from tests.media.image_requests import FORMATS, URL, by_content, by_url, model, picture


def refusal(*images: InputImage) -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        check_inputs(images, model())
    return caught.value


@pytest.mark.parametrize("mime_type", FORMATS)
async def test_a_real_image_is_passed_on_as_a_data_uri(mime_type: str) -> None:
    data = picture(mime_type)
    image = by_content(mime_type)
    check_input(image, "image.url")
    encoded = msgspec.json.decode(msgspec.json.encode(await upstream_json(image)))
    assert encoded == {"url": f"data:{mime_type};base64,{base64.b64encode(data).decode()}"}


async def test_an_address_is_passed_on_as_it_is() -> None:
    check_input(by_url(), "image.url")
    assert await upstream_json(by_url()) == {"url": URL}


@pytest.mark.parametrize(
    "image",
    [
        by_url("http://example.com/a.jpg"),
        by_url("https://"),
        by_url("file:///etc/passwd"),
        by_url("https://example.com/a\n.jpg"),
        by_url("data:image/png;base64,iVBORw0KGgo="),
        by_url(""),
        by_content("image/gif", b"GIF89a"),
        by_content("image/svg+xml", b"<svg/>"),
        by_content("", picture()),
        by_content("image/png", b""),
        by_content("image/png", picture("image/jpeg")),
        by_content("image/jpeg", picture("image/webp")),
        by_content("image/webp", b"RIFF____WAVE"),
    ],
)
def test_what_is_no_image_is_refused(image: InputImage) -> None:
    error = refusal(image)
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "image.url")


def test_an_image_among_several_is_named_by_its_place() -> None:
    error = refusal(by_url(), by_url("ftp://example.com"))
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "images[1].url")
    assert "images[1].url" in error.message


def test_an_edit_needs_one_image_and_takes_five() -> None:
    check_inputs([by_url()], model())
    check_inputs([by_url()] * 5, model())
    error = refusal(*[by_url()] * 6)
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "images")
    assert "at most 5" in error.message
    error = refusal()
    assert (error.reason, error.param) == (Reason.MISSING_PARAMETER, "image")
    error = refusal(InputImage())
    assert (error.reason, error.param) == (Reason.MISSING_PARAMETER, "image.url")
