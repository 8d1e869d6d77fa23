"""The routes of text."""

import grpc.aio
from starlette.routing import Route

from grokgate.edge.auth import KeyFilter
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.text.calls import TextCalls
from grokgate.edge.text.chat_completions import ChatCompletions
from grokgate.edge.text.responses import Responses


def text_routes(keys: KeyFilter, text: grpc.aio.Channel, limits: EdgeLimits) -> list[Route]:
    """The routes that answer in text."""
    calls = TextCalls(keys, text, limits)
    return [
        Route("/v1/responses", Responses(calls).create, methods=["POST"]),
        Route("/v1/chat/completions", ChatCompletions(calls).create, methods=["POST"]),
    ]
