"""Which model, and which effort."""

import pytest

from grokgate.catalog.models import parse_catalog
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.launch.catalog_files import load_catalog
from grokgate.text.selection import Selection, select

CATALOG = load_catalog(None)


def chosen(model: str, effort: str | None = None, endpoint: str = "responses") -> Selection:
    return select(CATALOG, model, effort, endpoint)


def refused(model: str, effort: str | None = None, endpoint: str = "responses") -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        chosen(model, effort, endpoint)
    return caught.value


@pytest.mark.parametrize(
    ("suffix", "effort", "agents"),
    [
        ("min", "low", 4),
        ("minimal", "low", 4),
        ("low", "low", 4),
        ("medium", "medium", 4),
        ("med", "medium", 4),
        ("high", "high", 16),
        ("xhigh", "xhigh", 16),
        ("max", "xhigh", 16),
    ],
)
def test_a_suffix_sets_the_effort_and_with_it_the_agents(
    suffix: str, effort: str, agents: int
) -> None:
    selection = chosen(f"xai/grok-4.20-multi-agent:{suffix}")
    assert (selection.effort, selection.agents) == (effort, agents)


def test_the_body_wins_over_the_suffix() -> None:
    assert chosen("grok-4.3:high", "none").effort == "none"


def test_without_a_word_the_models_default_holds() -> None:
    assert chosen("grok-4.3").effort == "low"
    assert chosen("grok-4.5").effort == "high"
    assert chosen("grok-4.20-0309-reasoning").effort is None


def test_an_unknown_suffix_is_an_invalid_request() -> None:
    error = refused("grok-4.3:loud")
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "model")
    assert ":high" in error.message


@pytest.mark.parametrize(
    ("model", "word", "levels"),
    [
        ("grok-4.20-0309-reasoning", "high", []),
        ("grok-4.20-0309-non-reasoning", "low", []),
        ("grok-4.6", "none", ["low", "medium", "high", "xhigh"]),
        ("grok-build-0.1", "low", []),
    ],
)
def test_a_level_that_the_model_lacks_is_refused_naming_those_it_has(
    model: str, word: str, levels: list[str]
) -> None:
    error = refused(model, word)
    assert error.reason is Reason.UNSUPPORTED_CAPABILITY
    assert error.details["supported_efforts"] == levels


def test_an_unknown_model_is_named() -> None:
    error = refused("xai/grok-99")
    assert (error.reason, error.param) == (Reason.MODEL_NOT_FOUND, "model")
    assert "xai/grok-99" in error.message


def test_a_missing_model_is_asked_for() -> None:
    assert refused("").reason is Reason.MISSING_PARAMETER


def test_a_model_on_the_wrong_endpoint_is_pointed_to_the_right_one() -> None:
    error = refused("xai/grok-4.20-multi-agent", endpoint="chat_completions")
    assert error.reason is Reason.UNSUPPORTED_OPERATION
    assert error.details == {
        "param": "model",
        "model": "xai/grok-4.20-multi-agent",
        "attempted_endpoint": "/v1/chat/completions",
        "supported_endpoints": ["/v1/responses"],
        "suggested_endpoint": "/v1/responses",
        "hint": "Send requests for xai/grok-4.20-multi-agent to /v1/responses.",
    }


def test_a_retired_model_points_to_its_replacement() -> None:
    overlay = """
        [models."xai/old"]
        upstream_model = "old"
        owned_by = "xai"
        created = 1
        version = "1"
        fingerprint = "fp"
        input_modalities = ["text"]
        output_modalities = ["text"]
        endpoints = ["responses"]
        free = true
        retirement_date = "2026-05-15"
        replacement_model = "xai/grok-4.3"
    """
    with pytest.raises(GrokgateError) as caught:
        select(parse_catalog("", overlay), "old", None, "responses")
    assert caught.value.reason is Reason.MODEL_RETIRED
    assert caught.value.details == {
        "model": "xai/old",
        "replacement_model": "xai/grok-4.3",
        "retirement_date": "2026-05-15",
    }
