"""What a caller may ask of a model that makes images; the edge is not trusted to have looked."""

from typing import Any

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.media.images.options import AskedOptions, read_options
from tests.media.image_requests import generation, model

PLAIN = "xai/grok-imagine-image"
QUALITIES = "xai/grok-imagine-image-2.0"
COMPATIBLE = "grok-4-image"


def refusal(name: str, prompt: str = "A lamp", **fields: Any) -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        read_options(generation(prompt, **fields), model(name))
    return caught.value


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        (PLAIN, AskedOptions(count=1, aspect_ratio="", resolution="1k", quality="")),
        (QUALITIES, AskedOptions(count=1, aspect_ratio="", resolution="1k", quality="auto")),
        (COMPATIBLE, AskedOptions(count=1, aspect_ratio="", resolution="1k", quality="")),
    ],
)
def test_what_nobody_says_is_the_models_default(name: str, asked: AskedOptions) -> None:
    assert read_options(generation(), model(name)) == asked


def test_what_the_caller_says_is_in_force() -> None:
    request = generation(
        "x" * 8000,
        count=10,
        aspect_ratio="19.5:9",
        resolution="1.5k",
        quality="medium",
        user="u" * 512,
    )
    asked = AskedOptions(count=10, aspect_ratio="19.5:9", resolution="1.5k", quality="medium")
    assert read_options(request, model(QUALITIES)) == asked


@pytest.mark.parametrize(
    ("name", "fields", "param", "says"),
    [
        (PLAIN, {"prompt": "x" * 8001}, "prompt", "at most 8000"),
        (PLAIN, {"count": 0}, "n", "from 1 to 10"),
        (PLAIN, {"count": 11}, "n", "from 1 to 10"),
        (PLAIN, {"count": -1}, "n", "from 1 to 10"),
        (COMPATIBLE, {"count": 2}, "n", "use 1"),
        (PLAIN, {"aspect_ratio": "7:5"}, "aspect_ratio", "16:9, 9:16, 4:3"),
        (PLAIN, {"aspect_ratio": ""}, "aspect_ratio", "16:9, 9:16, 4:3"),
        (PLAIN, {"resolution": "1.5k"}, "resolution", "1k, 2k"),
        (QUALITIES, {"resolution": "4k"}, "resolution", "1k, 1.5k, 2k"),
        (QUALITIES, {"quality": "high"}, "quality", "auto, low, medium"),
        (PLAIN, {"user": "u" * 513}, "user", "at most 512"),
        (PLAIN, {"user": "a\0b"}, "user", "no NUL"),
    ],
)
def test_a_value_that_the_model_lacks_is_refused_with_those_that_it_has(
    name: str, fields: dict[str, Any], param: str, says: str
) -> None:
    error = refusal(name, **fields)
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, param)
    assert param in error.message
    assert says in error.message


@pytest.mark.parametrize("name", [PLAIN, "xai/grok-imagine-image-quality", COMPATIBLE])
def test_a_quality_is_refused_in_the_providers_words_where_there_is_none(name: str) -> None:
    error = refusal(name, quality="low")
    assert (error.reason, error.param) == (Reason.UNSUPPORTED_PARAMETER, "quality")
    assert error.message == "Argument not supported: quality"


@pytest.mark.parametrize("prompt", ["", " \n"])
def test_an_image_needs_a_prompt(prompt: str) -> None:
    error = refusal(PLAIN, prompt)
    assert (error.reason, error.param) == (Reason.MISSING_PARAMETER, "prompt")


def test_a_value_of_any_length_makes_a_short_message() -> None:
    assert len(refusal(PLAIN, resolution="x" * 10_000).message) < 200
