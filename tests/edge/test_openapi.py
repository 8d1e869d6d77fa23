"""The description of the API against the tables and routes that the edge works by."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc.aio
import pytest
from openapi_spec_validator import validate
from starlette.routing import Route

from grokgate.chassis.clock import SystemClock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.chassis.metrics import Metrics
from grokgate.edge.account.usage_query import PARAMETERS
from grokgate.edge.app import build_app
from grokgate.edge.auth import KeyFilter
from grokgate.edge.errors import PUBLIC_ERRORS
from grokgate.edge.fields import Support, Table
from grokgate.edge.images.fields import EDIT_FIELDS, GENERATION_FIELDS
from grokgate.edge.images.request import read_edit, read_generation
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.not_public import not_public_routes
from grokgate.edge.reference.chat import CHAT_SHAPES
from grokgate.edge.reference.conversation import CONVERSATION_SHAPES
from grokgate.edge.reference.document import openapi_document
from grokgate.edge.reference.media import MEDIA_SHAPES
from grokgate.edge.reference.operations import OPERATIONS
from grokgate.edge.reference.responses import RESPONSES_SHAPES
from grokgate.edge.reference.shapes import Shape
from grokgate.edge.reference.voice import VOICE_SHAPES
from grokgate.edge.text.chat_fields import CHAT_FIELDS
from grokgate.edge.text.chat_request import read_chat_request
from grokgate.edge.text.responses_fields import RESPONSES_FIELDS
from grokgate.edge.text.responses_request import read_responses_request
from grokgate.edge.video.fields import VIDEO_FIELDS
from grokgate.edge.video.query import PARAMETERS as VIDEO_PARAMETERS
from grokgate.edge.video.request import read_video_request
from grokgate.edge.voice.fields import SPEECH_FIELDS, TRANSCRIPTION_FIELDS
from grokgate.edge.voice.speech_request import read_speech
from grokgate.edge.voice.transcription_request import read_transcription
from tests.edge.conftest import RunningEdge

DOCUMENT = openapi_document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
SHAPES: dict[str, Shape] = (
    RESPONSES_SHAPES | CHAT_SHAPES | CONVERSATION_SHAPES | MEDIA_SHAPES | VOICE_SHAPES
)
TABLES = [
    *RESPONSES_FIELDS.values(),
    *CHAT_FIELDS.values(),
    *GENERATION_FIELDS.values(),
    *EDIT_FIELDS.values(),
    *VIDEO_FIELDS.values(),
    *SPEECH_FIELDS.values(),
    *TRANSCRIPTION_FIELDS.values(),
]
READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "ResponsesRequest": read_responses_request,
    "ChatRequest": read_chat_request,
    "ImageGenerationRequest": read_generation,
    "ImageEditRequest": lambda body: asyncio.run(read_edit(body)),
    "VideoRequest": lambda body: asyncio.run(read_video_request(body)),
    "SpeechRequest": read_speech,
    "TranscriptionRequest": lambda body: asyncio.run(read_transcription(body)),
}

# What the router says of methods that no operation has.
OF_NO_OPERATION = {Reason.METHOD_NOT_ALLOWED}


def test_the_description_is_valid_openapi() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"] == "3.1.0"


async def test_every_public_route_and_method_is_described() -> None:
    limits, clock = EdgeLimits(), SystemClock()
    async with grpc.aio.insecure_channel("127.0.0.1:1") as channel:
        app = build_app(
            text=channel,
            media=channel,
            voice=channel,
            billing=channel,
            limits=limits,
            clock=clock,
            ids=IdSource(),
            metrics=Metrics(),
        )
        refused = {route.path for route in not_public_routes(KeyFilter(channel, limits, clock))}
    served = {
        (route.path.replace(":path", ""), method.lower())
        for route in app.routes
        if isinstance(route, Route) and route.path not in refused
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert {(o.path, o.method) for o in OPERATIONS} == served


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)


def test_every_public_reason_is_told_with_its_status() -> None:
    told = {reason for operation in OPERATIONS for reason in operation.reasons}
    public = {reason for reason, error in PUBLIC_ERRORS.items() if not error.withheld}
    assert told == public - OF_NO_OPERATION | {Reason.INTERNAL_ERROR}
    for operation in OPERATIONS:
        responses = DOCUMENT["paths"][operation.path][operation.method]["responses"]
        told_of = {str(PUBLIC_ERRORS[reason].status) for reason in operation.reasons}
        others = {*operation.other_answers, *operation.other_successes}
        assert set(responses) == told_of | {"200"} | {*map(str, others)}
        for reason in operation.reasons:
            error = PUBLIC_ERRORS[reason]
            assert f"`{error.code}`" in responses[str(error.status)]["description"]


def test_operations_that_need_a_key_say_so() -> None:
    for operation in OPERATIONS:
        described = DOCUMENT["paths"][operation.path][operation.method]
        assert described.get("security", "as all") == ("as all" if operation.needs_key else [])
        assert operation.needs_key == (Reason.MISSING_API_KEY in operation.reasons)


def test_the_parameters_of_usage_are_those_that_are_read() -> None:
    parameters = DOCUMENT["paths"]["/v1/usage"]["get"]["parameters"]
    assert tuple(parameter["name"] for parameter in parameters) == PARAMETERS
    assert {parameter["in"] for parameter in parameters} == {"query"}


def test_the_parameters_of_the_list_of_videos_are_those_that_are_read() -> None:
    parameters = DOCUMENT["paths"]["/v1/video/generations"]["get"]["parameters"]
    assert tuple(parameter["name"] for parameter in parameters) == VIDEO_PARAMETERS


def names_of(table: Table, *supports: Support) -> set[str]:
    return {name for name, field in table.items() if field.support in supports}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_fields_is_described(table: Table) -> None:
    [name] = [name for name, shape in SHAPES.items() if shape.table is table]
    described = SCHEMAS[name]
    assert set(SHAPES[name].types) == names_of(table, Support.SERVED)
    assert set(described["properties"]) == names_of(table, Support.SERVED, Support.WITHOUT_EFFECT)
    assert described["additionalProperties"] is False
    for field, rule in table.items():
        if rule.support is not Support.REFUSED:
            assert described["properties"][field]["description"].endswith(rule.note)


@pytest.mark.parametrize("body", READERS)
def test_the_example_asks_for_what_it_says(body: str) -> None:
    [operation] = [operation for operation in OPERATIONS if operation.body == body]
    read = READERS[body]
    assert read(operation.example)
    for name in SCHEMAS[body]["required"]:
        without = {field: v for field, v in operation.example.items() if field != name}
        with pytest.raises(GrokgateError) as caught:
            read(without)
        assert (caught.value.reason, caught.value.param) == (Reason.MISSING_PARAMETER, name)


async def test_the_description_is_served_to_everybody(edge: RunningEdge) -> None:
    answer = await edge.http.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == DOCUMENT
