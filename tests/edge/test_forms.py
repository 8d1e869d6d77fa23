"""`POST /v1/images/edits` as a multipart form: the OpenAI libraries', and hostile ones."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grokgate.api.media.v1.media_pb2 import EditImagesRequest, ImageContent, InputImage
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.forms import Form, FormFile
from grokgate.edge.images.request import read_edit_form
from tests.edge.conftest import RunEdge, RunningEdge
from tests.edge.fake_media import JPEG, PNG
from tests.edge.fakes import GOOD_KEY

PATH = "/v1/images/edits"
TEXTS = {"model": "xai/grok-imagine-image", "prompt": "Çizgi film yap."}
PNG_IMAGE = InputImage(content=ImageContent(data=PNG, mime_type="image/png"))
JPEG_IMAGE = InputImage(content=ImageContent(data=JPEG, mime_type="image/jpeg"))

Parts = list[tuple[str, tuple[str | None, Any]]]


def texts(**more: str) -> Parts:
    return [(name, (None, text)) for name, text in (TEXTS | more).items()]


async def send(edge: RunningEdge, parts: Parts) -> tuple[int, dict[str, Any]]:
    answer = await edge.http.post(PATH, files=parts, headers=edge.headers)
    body: dict[str, Any] = answer.json()
    return answer.status_code, body.get("error", body)


async def send_raw(edge: RunningEdge, body: bytes, content_type: str) -> tuple[int, dict[str, Any]]:
    headers = edge.headers | {"content-type": content_type}
    answer = await edge.http.post(PATH, content=body, headers=headers)
    found: dict[str, Any] = answer.json()
    return answer.status_code, found.get("error", found)


async def test_the_openai_library_edits_an_image(edge: RunningEdge) -> None:
    async with openai.AsyncOpenAI(api_key=GOOD_KEY, base_url=f"{edge.url}/v1") as client:
        images = await client.images.edit(
            model=TEXTS["model"],
            prompt=TEXTS["prompt"],
            image=PNG,
            n=2,
            response_format="url",
            extra_body={"resolution": "1k"},
        )
    assert images.data is not None
    assert images.data[0].url == "https://imgen.x.ai/1.jpeg"
    asked = edge.media.only(EditImagesRequest)
    assert list(asked.images) == [PNG_IMAGE]
    assert asked.generation.prompt == "Çizgi film yap."
    assert (asked.generation.count, asked.generation.resolution) == (2, "1k")


async def test_the_openai_library_edits_several_images(edge: RunningEdge) -> None:
    async with openai.AsyncOpenAI(api_key=GOOD_KEY, base_url=f"{edge.url}/v1") as client:
        await client.images.edit(
            model=TEXTS["model"],
            prompt=TEXTS["prompt"],
            image=[("a.png", PNG), ("a.jpg", JPEG, "image/png")],
        )
    assert list(edge.media.only(EditImagesRequest).images) == [PNG_IMAGE, JPEG_IMAGE]


async def test_what_a_file_is_called_does_not_matter(edge: RunningEdge) -> None:
    for name in ("../../etc/passwd", "a\\b", "", "x" * 300, "é.png", "%00.png"):
        edge.media.requests.clear()
        body = (
            b'--b\r\ncontent-disposition: form-data; name="image"; filename="%s"\r\n\r\n%s\r\n'
            b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n'
            b'--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\np\r\n--b--\r\n'
        ) % (name.encode(), PNG)
        status, _ = await send_raw(edge, body, "multipart/form-data; boundary=b")
        assert status == 200, name
        assert list(edge.media.only(EditImagesRequest).images) == [PNG_IMAGE]


FILE: Parts = [("image", ("a.png", PNG))]
IMAGE = FormFile("image", PNG)
REFUSED: list[tuple[dict[str, str], list[FormFile], str, str]] = [
    ({}, [], "image", "missing_parameter"),
    ({"image": "https://example.com/a.png"}, [], "image", "invalid_value"),
    ({}, [FormFile("image", b"GIF89a")], "image", "invalid_value"),
    ({}, [FormFile("image[]", b"")], "image[]", "invalid_value"),
    ({}, [IMAGE] * 6, "image", "invalid_value"),
    ({}, [IMAGE, FormFile("mask", PNG)], "mask", "unsupported_parameter"),
    ({}, [IMAGE, FormFile("user", b"u")], "user", "invalid_value"),
    ({}, [IMAGE, FormFile("other", b"u")], "other", "unknown_parameter"),
    ({"size": "1024x1024"}, [IMAGE], "size", "unsupported_parameter"),
    ({"n": "0"}, [IMAGE], "n", "invalid_value"),
    ({"n": "two"}, [IMAGE], "n", "invalid_value"),
    ({"n": "1.0"}, [IMAGE], "n", "invalid_value"),
    ({"n": "9" * 5000}, [IMAGE], "n", "invalid_value"),
    ({"stream": "true"}, [IMAGE], "stream", "unsupported_parameter"),
    ({"prompt": ""}, [IMAGE], "prompt", "missing_parameter"),
    ({"other": "1"}, [IMAGE], "other", "unknown_parameter"),
]


@pytest.mark.parametrize(("more", "files", "param", "code"), REFUSED)
def test_a_wrong_part_is_named(
    more: dict[str, str], files: list[FormFile], param: str, code: str
) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_edit_form(Form(TEXTS | more, files))
    assert (caught.value.param, caught.value.reason.lower()) == (param, code)


async def test_a_wrong_part_is_refused_before_anybody_is_asked(edge: RunningEdge) -> None:
    status, error = await send(edge, [*texts(n="0"), *FILE])
    assert (status, error["param"]) == (400, "n")
    assert edge.media.requests == []


async def test_texts_that_stand_for_json_values_are_read(edge: RunningEdge) -> None:
    sent = texts(n="3", stream="false", partial_images="0", background="auto")
    status, _ = await send(edge, [*sent, *FILE])
    assert (status, edge.media.only(EditImagesRequest).generation.count) == (200, 3)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data"),
        (b"", "multipart/form-data; boundary="),
        (b"", "multipart/form-data; boundary=" + "b" * 71),
        (b"", 'multipart/form-data; boundary="b'),
        (b"--other\r\n\r\n", "multipart/form-data; boundary=b"),
        (b"--b\r\n\r\nno name\r\n--b--", "multipart/form-data; boundary=b"),
        (b"--b\r\ncontent-disposition: form-data\r\n\r\n1", "multipart/form-data; boundary=b"),
        (b"--b\r\n" + b"x: y\r\n" * 1000, "multipart/form-data; boundary=b"),
        (b"--b\r\nx: " + b"y" * 100_000, "multipart/form-data; boundary=b"),
    ],
)
async def test_what_is_no_form_is_refused(
    edge: RunningEdge, body: bytes, content_type: str
) -> None:
    status, error = await send_raw(edge, body, content_type)
    assert (status, error["type"]) == (400, "invalid_request_error")


WHOLE = (
    b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n'
    b'--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\np\r\n'
    b'--b\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\n%s\r\n'
    b'--b\r\ncontent-disposition: form-data; name="n"\r\n\r\n3\r\n--b--'
) % PNG
FORM_TYPE = "multipart/form-data; boundary=b"


async def test_a_form_that_ends_anywhere_before_its_last_boundary_is_refused(
    edge: RunningEdge,
) -> None:
    assert (await send_raw(edge, WHOLE, FORM_TYPE))[0] == 200
    assert edge.media.only(EditImagesRequest).generation.count == 3
    for end in range(1, len(WHOLE), 7):
        status, error = await send_raw(edge, WHOLE[:end], FORM_TYPE)
        assert (status, error["code"]) == (400, "invalid_value"), WHOLE[:end]
        assert "The form cannot be read: it ends before its last boundary" in error["message"]
    assert len(edge.media.requests) == 1


async def test_an_empty_form_is_said_to_be_empty(edge: RunningEdge) -> None:
    status, error = await send_raw(edge, b"", FORM_TYPE)
    assert (status, error["code"]) == (400, "invalid_value")
    assert error["message"].startswith("The form cannot be read: it is empty.")


@pytest.mark.parametrize("text", [b"\xe9", b"\xff\xfe", b"caf\xc3", b"\xed\xa0\x80"])
async def test_a_text_that_is_not_utf_8_is_named(edge: RunningEdge, text: bytes) -> None:
    body = WHOLE.replace(b"\r\np\r\n", b"\r\n%s\r\n" % text)
    status, error = await send_raw(edge, body, FORM_TYPE)
    assert (status, error["code"], error["param"]) == (400, "invalid_value", "prompt")
    assert error["message"] == "`prompt` must be text in UTF-8."
    assert edge.media.requests == []


async def test_a_form_with_too_many_parts_is_refused(edge: RunningEdge) -> None:
    files = await send(edge, [*texts(), *FILE * 100])
    assert "too many files" in files[1]["message"]
    many = await send(edge, [*texts(**{f"x{number}": "" for number in range(100)}), *FILE])
    assert "too many fields" in many[1]["message"]


async def test_a_text_part_that_is_huge_is_refused(edge: RunningEdge) -> None:
    status, error = await send(edge, [*texts(prompt="x" * 2_000_000), *FILE])
    assert (status, error["code"]) == (400, "invalid_value")
    assert "exceeded maximum size" in error["message"]


async def drops(count: int) -> AsyncIterator[bytes]:
    """A form that does not say how long it is."""
    yield b'--b\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\n'
    for _ in range(count // 1000):
        yield bytes(1000)


async def test_a_form_above_the_limit_is_refused(run: RunEdge) -> None:
    async with run(media_body_limit_bytes=10_000) as edge:
        announced = await send(edge, [*texts(), ("image", ("a.png", PNG + bytes(20_000)))])
        assert (announced[0], announced[1]["code"]) == (413, "body_too_large")
        head = edge.headers | {"content-type": "multipart/form-data; boundary=b"}
        counted = await edge.http.post(PATH, content=drops(20_000), headers=head)
        assert counted.json()["error"]["code"] == "body_too_large"


async def test_a_compressed_form_is_refused(edge: RunningEdge) -> None:
    headers = edge.headers | {"content-encoding": "gzip"}
    answer = await edge.http.post(PATH, files=[*texts(), *FILE], headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize("charset", ["undefined", "idna", "zlib", "utf-16", "latin-1"])
async def test_texts_are_utf_8_whatever_charset_is_named(edge: RunningEdge, charset: str) -> None:
    body = (
        b'--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n\xc3\xa9\r\n'
        b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n'
        b'--b\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\n%s\r\n--b--\r\n'
    ) % PNG
    await send_raw(edge, body, f"multipart/form-data; charset={charset}; boundary=b")
    assert edge.media.only(EditImagesRequest).generation.prompt == "é"


async def test_a_large_file_arrives_whole(edge: RunningEdge) -> None:
    data = PNG + bytes(range(256)) * 60_000
    status, _ = await send(edge, [*texts(), ("image", ("a.png", data))])
    assert status == 200
    assert edge.media.only(EditImagesRequest).images[0].content.data == data


PIECES = st.sampled_from(
    [
        *(b"--b\r\n", b"--b", b"--b--", b"\r\n", b"\r", b"\n", b"--", b": ", b"\x00", b"\xff"),
        *(b"content-disposition", b'form-data; name="image"', b'; filename="a"', b";"),
        *(b'name="model"', b"filename*=utf-8''%FF", b"filename*=x'y'z", b'"', PNG, b"m"),
    ]
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(PIECES, max_size=20).map(b"".join))
async def test_no_form_makes_a_5xx(edge: RunningEdge, body: bytes) -> None:
    status, error = await send_raw(edge, body, "multipart/form-data; boundary=b")
    assert (status, error["type"]) == (400, "invalid_request_error")
