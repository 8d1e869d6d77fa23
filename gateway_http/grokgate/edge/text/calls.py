"""What the dialects of text share: who may ask, the body, and the question to the service."""

from typing import Any

import grpc.aio
from starlette.requests import Request

from grokgate.api.text.v1.text_pb2 import GenerateResponse, StreamGenerateRequest
from grokgate.api.text.v1.text_pb2_grpc import TextServiceStub
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.auth import KeyFilter
from grokgate.edge.bodies import read_json_object
from grokgate.edge.departure import while_client_waits
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.middleware import call_of
from grokgate.edge.rpcs import ask, ask_in_stream
from grokgate.edge.text.answer_stream import AnswerStream
from grokgate.edge.text.asked import Asked
from grokgate.edge.text.dialect import Dialect


class TextCalls:
    """Asks the text service for clients."""

    def __init__(self, keys: KeyFilter, text: grpc.aio.Channel, limits: EdgeLimits) -> None:
        self._keys = keys
        self._text = TextServiceStub(text)
        self._limits = limits

    async def admit(self, request: Request, endpoint: Endpoint.ValueType) -> dict[str, Any]:
        """The body of a request whose key may use the endpoint."""
        await self._keys.admit(call_of(request), endpoint)
        return await read_json_object(
            request,
            max_bytes=self._limits.text_body_limit_bytes,
            max_depth=self._limits.json_max_depth,
        )

    async def answer(self, request: Request, asked: Asked) -> GenerateResponse:
        """The whole answer, while the client waits for it."""
        timeout_s = self._limits.answer_timeout_s
        asking = ask(self._text.Generate, asked.generate, call_of(request), timeout_s)
        try:
            return await while_client_waits(request, asking)
        except GrokgateError as error:
            asked.own_words.rephrase(error)
            raise

    def stream(self, request: Request, asked: Asked, dialect: Dialect) -> AnswerStream:
        """The answer as it is written, told in a dialect."""
        messages = ask_in_stream(
            self._text.StreamGenerate,
            StreamGenerateRequest(generation=asked.generate),
            call_of(request),
            self._limits.stream_timeout_s,
        )
        return AnswerStream(request, messages, dialect, asked.own_words, self._limits.heartbeat_s)
