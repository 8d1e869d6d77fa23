"""The description of the API in OpenAPI 3.1, made from the tables that the edge works by."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from grokgate.edge.errors import PUBLIC_ERRORS, RETRY_STATUSES
from grokgate.edge.paid_endings import BASIS_WORDS
from grokgate.edge.reference.answers import answer_schemas
from grokgate.edge.reference.chat import CHAT_SHAPES
from grokgate.edge.reference.conversation import CONVERSATION_SHAPES, EARLIER_ITEMS, INPUT_ITEM
from grokgate.edge.reference.media import MEDIA_SHAPES
from grokgate.edge.reference.operation import FORM_TYPE, JSON_TYPE, Operation, Parameter
from grokgate.edge.reference.operations import OPERATIONS
from grokgate.edge.reference.responses import RESPONSES_SHAPES
from grokgate.edge.reference.schemas import TEXT, Schema, any_of, reference, words
from grokgate.edge.reference.voice import VOICE_SHAPES

_ABOUT = """\
OpenAI-style access to xAI's Grok models, billed to the tick: 1 USD is 10 000 000 000 ticks.
Every answer carries `x-request-id`, which joins it to its row in `/v1/usage`; a paid answer says
in `usage.cost_in_usd_ticks` what you were charged. `null` means absent. An unknown field is
refused by name."""

_INTEGER: Schema = {"type": "integer"}

_EVERY_HEADERS = {
    "x-request-id": ("Our id of the request.", TEXT),
    "x-client-request-id": ("Your own id of the request, if it came with one.", TEXT),
}
_ERROR_HEADERS = {
    "x-should-retry": ("`false` where a repeat might be paid for twice.", words("false"))
}
_WAIT_HEADERS = {"retry-after": ("Seconds after which another try may succeed.", _INTEGER)}
_PAID_HEADERS = {
    "x-cost-usd-ticks": ("What the call was charged, in ticks.", _INTEGER),
    "x-cost-basis": ("What the charge was computed from.", words(*BASIS_WORDS.values())),
    "x-ratelimit-limit-requests": ("Requests that the key has a minute.", _INTEGER),
    "x-ratelimit-remaining-requests": ("Requests that are left.", _INTEGER),
    "x-ratelimit-reset-requests": ("Time until all are back, such as `1s`.", TEXT),
    "x-ratelimit-limit-tokens": ("Tokens that the key has a minute.", _INTEGER),
    "x-ratelimit-remaining-tokens": ("Tokens that are left.", _INTEGER),
    "x-ratelimit-reset-tokens": ("Time until all are back, such as `6m0s`.", TEXT),
}
_SUCCESS_HEADERS = {
    "location": ("The path to ask at.", TEXT),
    "content-range": ("Which part of the whole this is.", TEXT),
}
_HEADERS = _EVERY_HEADERS | _ERROR_HEADERS | _WAIT_HEADERS | _PAID_HEADERS | _SUCCESS_HEADERS


def openapi_document() -> dict[str, Any]:
    """The whole description, as JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "grokgate",
            "version": version("grokgate"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": name} for name in dict.fromkeys(op.group for op in OPERATIONS)],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "headers": {
                name: {"description": description, "schema": schema}
                for name, (description, schema) in _HEADERS.items()
            },
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Your API key: `Authorization: Bearer <key>`.",
                }
            },
        },
    }


def _schemas() -> dict[str, Schema]:
    shapes = RESPONSES_SHAPES | CHAT_SHAPES | CONVERSATION_SHAPES | MEDIA_SHAPES | VOICE_SHAPES
    requests = {name: shape.schema() for name, shape in shapes.items()}
    return requests | EARLIER_ITEMS | {"InputItem": INPUT_ITEM} | answer_schemas()


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.group],
        "summary": operation.summary,
        "parameters": [_parameter(each, operation.path) for each in operation.parameters],
        "responses": _responses(operation),
    }
    if operation.body:
        content = {JSON_TYPE: {"schema": reference(operation.body), "example": operation.example}}
        if operation.form:
            content[FORM_TYPE] = {"schema": reference(operation.form)}
        described["requestBody"] = {"required": True, "content": content}
    if not operation.needs_key:
        described["security"] = []
    return described


def _parameter(parameter: Parameter, path: str) -> dict[str, Any]:
    in_path = f"{{{parameter.name}}}" in path
    return {
        "name": parameter.name,
        "in": "path" if in_path else "query",
        "required": in_path,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _responses(operation: Operation) -> dict[str, Any]:
    paid = [*_PAID_HEADERS] if operation.is_paid else []
    responses = {"200": _response("Done.", operation.answers, paid)}
    for status, success in operation.other_successes.items():
        responses[str(status)] = _response(
            success.description, operation.answers, [*paid, *success.headers]
        )
    by_status: dict[int, set[str]] = {}
    for error in (PUBLIC_ERRORS[reason] for reason in operation.reasons):
        by_status.setdefault(error.status, set()).add(error.code)
    for status, codes in sorted(by_status.items()):
        schema = _error(*sorted(codes))
        if status in operation.other_answers:
            schema = any_of(operation.other_answers[status], schema)
        waits = _WAIT_HEADERS if status in RETRY_STATUSES else {}
        responses[str(status)] = _response(
            ", ".join(f"`{code}`" for code in sorted(codes)),
            {JSON_TYPE: schema},
            [*_ERROR_HEADERS, *waits, *paid],
        )
    return responses


def _error(*codes: str) -> Schema:
    """The error with one of some codes."""
    code = {"properties": {"error": {"properties": {"code": words(*codes)}}}}
    return {"allOf": [reference("Error"), code]}


def _response(
    description: str, schemas: Mapping[str, Schema], headers: Iterable[str]
) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {
            name: {"$ref": f"#/components/headers/{name}"} for name in (*_EVERY_HEADERS, *headers)
        },
        "content": {media_type: {"schema": schema} for media_type, schema in schemas.items()},
    }
