"""Whatever a client sends, the running gateway answers as it describes itself, and bills right."""

import asyncio
from typing import Any

import schemathesis
from hypothesis import given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from tests.support.gateway import USD, Gateway

CREDIT = 1_000_000 * USD
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
# How many bodies of a paid route, and how many questions of any other.
PAID_EXAMPLES, FREE_EXAMPLES = 25, 10


def inviting(document: dict[str, Any], sold: dict[str, list[str]]) -> dict[str, Any]:
    """The description, narrowed so that chance meets a model, and a stream, often enough.

    `sold` are the paths of each model. Nor does it ask for a key: without one, each call would
    get the same answer; nor to wait for videos.
    """
    del document["security"]
    for path, operations in document["paths"].items():
        if "post" in operations:
            invite(document, operations["post"], [one for one in sold if path in sold[one]])
        elif "models/{id}" in path:
            [parameter] = operations["get"]["parameters"]
            parameter["schema"] = {"enum": [*sold, "xai/none"]}
    return document


def invite(document: dict[str, Any], operation: dict[str, Any], models: list[str]) -> None:
    """Narrow what a paid route is asked with."""
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    schema = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    properties = schema["properties"]
    properties["model"] = {"enum": models}
    if "stream_options" in properties or "reasoning" in properties:
        schema["required"].append("stream")
    if "max_wait_seconds" in properties:
        properties["max_wait_seconds"] = {"const": 0}
        schema["required"].append("max_wait_seconds")


def fuzz(document: dict[str, Any], url: str, key: str) -> None:
    """Ask every operation for what it describes, and for what it does not."""
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=url)
    found: Any
    for found in schema.get_all_operations():
        operation = found.ok()
        fuzz_operation(operation, GenerationMode.POSITIVE, key)
        if operation.body or operation.query:
            fuzz_operation(operation, GenerationMode.NEGATIVE, key)


def fuzz_operation(operation: Any, mode: GenerationMode, key: str) -> None:
    examples = PAID_EXAMPLES if operation.body else FREE_EXAMPLES

    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=examples, deadline=None, derandomize=True)
    def answers_as_described(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers={"authorization": f"Bearer {key}"}, checks=CHECKS)

    answers_as_described()


async def test_every_route_answers_as_described_and_every_answer_is_billed(
    gateway: Gateway,
) -> None:
    key = await gateway.new_key(CREDIT)
    document = (await gateway.http.get(f"{gateway.url}/openapi.json")).json()
    prices = (await gateway.http.get(f"{gateway.url}/v1/pricing")).json()["data"]
    sold = {model["model"]: model["endpoints"] for model in prices}
    before = gateway.sandbox.requests[-1].number if gateway.sandbox.requests else 0
    await asyncio.to_thread(fuzz, inviting(document, sold), gateway.url, key)
    await gateway.verify()
    asked = [each for each in gateway.sandbox.requests if each.number > before]
    assert asked[0].number == before + 1
    posted = (await gateway.get(key, "/v1/balance"))["posted_usd_ticks"]
    assert CREDIT - posted == sum(each.cost_usd_ticks for each in asked) > 0
