"""Tokens before anybody has counted: a bound for money, an estimate for policies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.api.text.v1.text_pb2 import ContentPart, InputImage, InputItem, Message
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.launch.catalog_files import load_catalog
from grokgate.text.estimate import check_context, estimate, text_tokens
from grokgate.text.selection import Selection, select
from tests.text.requests import request, said

CATALOG = load_catalog(None)


def selection(model: str) -> Selection:
    return select(CATALOG, model, None, "responses")


@given(st.text(max_size=2000))
def test_the_bound_is_never_below_the_bytes_nor_the_estimate(text: str) -> None:
    size = estimate(request(said(text)), selection("grok-4.3"))
    assert size.input_tokens_bound >= len(text.encode()) + 200
    assert size.input_tokens <= size.input_tokens_bound


def test_every_agent_reads_and_writes() -> None:
    one = estimate(request(said("x" * 4000)), selection("grok-4.20-multi-agent:low"))
    four_times = estimate(request(said("x" * 4000)), selection("grok-4.20-multi-agent:high"))
    assert four_times.input_tokens_bound == 4 * one.input_tokens_bound


def test_the_output_is_what_the_caller_caps_and_the_reasoning_that_no_cap_bounds() -> None:
    capped = estimate(request(max_output_tokens=10), selection("grok-4.3:high"))
    model = CATALOG.models["xai/grok-4.3"]
    assert capped.output_tokens == 10 + model.hold_reasoning_tokens["high"]  # type: ignore[index]  # an Effort is its word
    uncapped = estimate(request(), selection("grok-4.3:high"))
    assert uncapped.output_tokens == capped.output_tokens - 10 + model.hold_output_tokens


def test_a_picture_counts_by_the_model_not_by_its_bytes() -> None:
    url = "data:image/png;base64," + "A" * 1_000_000
    part = ContentPart(image=InputImage(url=url))
    item = InputItem(message=Message(role="user", content=[part]))
    size = estimate(request(item), selection("grok-4.3"))
    assert size.input_tokens_bound < 10_000


@pytest.mark.parametrize(("tokens", "admitted"), [(190_000, True), (201_000, False)])
def test_the_policy_refuses_by_the_estimate(tokens: int, *, admitted: bool) -> None:
    chosen = selection("grok-4.3")
    size = estimate(request(said("word" * tokens)), chosen)
    if admitted:
        check_context(size, chosen)
        assert size.input_tokens < 200_000
    else:
        with pytest.raises(GrokgateError) as caught:
            check_context(size, chosen)
        assert caught.value.reason is Reason.CONTEXT_TOO_LARGE
        assert caught.value.details["limit"] == 200_000
        assert caught.value.details["estimated_tokens"] == size.input_tokens


def test_a_model_without_the_policy_takes_more() -> None:
    chosen = selection("grok-4.20-0309-reasoning")
    size = estimate(request(said("word" * 300_000)), chosen)
    check_context(size, chosen)
    assert size.input_tokens > 200_000


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 1), ("Simplify a TypeScript service function.", 10), ("görüşürüz", 7), ("你好世界", 7)],
)
def test_the_estimate_is_near_the_truth(text: str, tokens: int) -> None:
    assert text_tokens(text) == tokens
