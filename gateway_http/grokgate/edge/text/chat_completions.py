"""`POST /v1/chat/completions`."""

from starlette.requests import Request
from starlette.responses import Response

from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_CHAT_COMPLETIONS
from grokgate.edge.middleware import call_of
from grokgate.edge.text.answer_stream import AnswerStream
from grokgate.edge.text.calls import TextCalls
from grokgate.edge.text.chat_answer import chat_answer
from grokgate.edge.text.chat_request import read_chat_request
from grokgate.edge.text.chat_stream import ChatStream


class ChatCompletions:
    """Serves answers of text models in the older chat dialect."""

    def __init__(self, calls: TextCalls) -> None:
        self._calls = calls

    async def create(self, request: Request) -> Response | AnswerStream:
        """Admit the key, read the body, ask the text service, answer."""
        body = await self._calls.admit(request, ENDPOINT_CHAT_COMPLETIONS)
        asked = read_chat_request(body)
        request_id = call_of(request).request_id
        if asked.stream:
            return self._calls.stream(request, asked, ChatStream(asked, request_id))
        answer = await self._calls.answer(request, asked)
        return chat_answer(asked.generate, answer, request_id)
