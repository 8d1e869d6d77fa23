"""`POST /v1/responses`."""

from starlette.requests import Request
from starlette.responses import Response

from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_RESPONSES
from grokgate.edge.middleware import call_of
from grokgate.edge.text.answer_stream import AnswerStream
from grokgate.edge.text.calls import TextCalls
from grokgate.edge.text.responses_answer import responses_answer
from grokgate.edge.text.responses_request import read_responses_request
from grokgate.edge.text.responses_stream import ResponsesStream


class Responses:
    """Serves answers of text models in the Responses dialect."""

    def __init__(self, calls: TextCalls) -> None:
        self._calls = calls

    async def create(self, request: Request) -> Response | AnswerStream:
        """Admit the key, read the body, ask the text service, answer."""
        body = await self._calls.admit(request, ENDPOINT_RESPONSES)
        asked = read_responses_request(body)
        request_id = call_of(request).request_id
        if asked.stream:
            dialect = ResponsesStream(asked, request_id)
            return self._calls.stream(request, asked, dialect)
        answer = await self._calls.answer(request, asked)
        return responses_answer(asked, answer, request_id)
