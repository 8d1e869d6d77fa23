"""`POST /v1/responses`."""

import grpc.aio
from starlette.requests import Request
from starlette.responses import Response

from grokgate.api.text.v1.text_pb2_grpc import TextServiceStub
from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_RESPONSES
from grokgate.edge.auth import KeyFilter
from grokgate.edge.bodies import read_json_object
from grokgate.edge.departure import while_client_waits
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.middleware import call_of
from grokgate.edge.responses_answer import responses_answer
from grokgate.edge.responses_request import read_responses_request
from grokgate.edge.rpcs import ask


class Responses:
    """Serves answers of text models in the Responses dialect."""

    def __init__(self, keys: KeyFilter, text: grpc.aio.Channel, limits: EdgeLimits) -> None:
        self._keys = keys
        self._text = TextServiceStub(text)
        self._limits = limits

    async def create(self, request: Request) -> Response:
        """Admit the key, read the body, ask the text service, answer."""
        call, limits = call_of(request), self._limits
        await self._keys.admit(call, ENDPOINT_RESPONSES)
        body = await read_json_object(
            request, max_bytes=limits.text_body_limit_bytes, max_depth=limits.json_max_depth
        )
        asked = read_responses_request(body)
        asking = ask(self._text.Generate, asked.generate, call, limits.answer_timeout_s)
        answer = await while_client_waits(request, asking)
        return responses_answer(asked, answer, call.request_id)
