"""Whatever JSON comes, the answer is never the gateway's fault."""

from http import HTTPStatus
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grokgate.chassis.errors import GrokgateError
from grokgate.edge.bodies import parse_object
from grokgate.edge.errors import PUBLIC_ERRORS
from grokgate.edge.text.responses_fields import RESPONSES_FIELDS
from grokgate.edge.text.responses_request import read_responses_request
from tests.edge.conftest import RunningEdge

NAMES = sorted({name for table in RESPONSES_FIELDS.values() for name in table})
WORDS = [
    *("message", "function", "function_call", "function_call_output", "reasoning", "json_schema"),
    *("text", "input_text", "output_text", "input_image", "image_url", "refusal", "auto", "user"),
    *("assistant", "tool", "https://example.com/a", "data:image/png;base64,AAAA", "high", "\0"),
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(WORDS)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)
bodies = st.fixed_dictionaries(
    {"model": st.just("m") | scalars, "input": values},
    optional={name: values for name in NAMES if name not in {"model", "input"}},
)


@settings(max_examples=100, deadline=None)
@given(bodies)
def test_a_body_is_translated_or_refused_as_the_clients_mistake(body: dict[str, Any]) -> None:
    encoded = msgspec.json.encode(body)
    refusal = None
    try:
        read_responses_request(parse_object(encoded, 128))
    except GrokgateError as error:
        refusal = error
    assert refusal is None or refusal.param
    assert refusal is None or PUBLIC_ERRORS[refusal.reason].status == HTTPStatus.BAD_REQUEST


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(bodies | values)
async def test_no_json_makes_a_5xx(edge: RunningEdge, body: Any) -> None:
    headers = edge.headers | {"content-type": "application/json"}
    content = msgspec.json.encode(body)
    answer = await edge.http.post("/v1/responses", content=content, headers=headers)
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert answer.json()["error"]["code"]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.binary(max_size=200))
async def test_no_bytes_make_a_5xx(edge: RunningEdge, body: bytes) -> None:
    headers = edge.headers | {"content-type": "application/json"}
    answer = await edge.http.post("/v1/responses", content=body, headers=headers)
    assert answer.json()["error"]["code"] in {"invalid_json", "missing_parameter"}
