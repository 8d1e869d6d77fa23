"""POST /v1/responses."""

import base64
from collections.abc import Sequence
from hashlib import shake_128
from typing import Any
from uuid import UUID

import msgspec

from grokgate.chassis.clock import Clock
from grokgate.sandbox.answers import EVENT_STREAM, JSON, Answer, Ask
from grokgate.sandbox.bills import forge_bill
from grokgate.sandbox.bodies import read_body
from grokgate.sandbox.directives import Directive, find
from grokgate.sandbox.generation import Speech, speak
from grokgate.sandbox.keys import check_may_spend
from grokgate.sandbox.model_pages import fingerprint
from grokgate.sandbox.models import TextModel
from grokgate.sandbox.requests import ResponsesRequest, read_request
from grokgate.sandbox.streaming import stream_chunks
from grokgate.sandbox.usage import check_context, count_prompt, usage_page
from grokgate.sandbox.validation import check_request

_ENCRYPTED_BYTES = 96
_DEFAULT_EFFORT = "medium"  # how long a model thinks that takes no effort


class Responses:
    """Answers text calls, whole or as a stream.

    Ids come from the body alone: a repeated call repeats its answer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def create(self, ask: Ask) -> Answer:
        """One call; nothing of it is kept."""
        check_may_spend(ask.api_key)
        body = read_body(ask.body)
        request = read_request(body)
        model = check_request(request)
        response = self._response(ask, body, request, model)
        cost_usd_ticks = response["usage"]["cost_in_usd_ticks"]
        forge_bill(response, ask.directives)
        return Answer(
            stream_chunks(response, ask.directives)
            if request.stream
            else (msgspec.json.encode(response),),
            content_type=EVENT_STREAM if request.stream else JSON,
            headers={"x-request-id": response["id"]},
            cost_usd_ticks=cost_usd_ticks,
        )

    def _response(
        self, ask: Ask, body: dict[str, Any], request: ResponsesRequest, model: TextModel
    ) -> dict[str, Any]:
        effort = request.effort or model.default_effort
        prompt = count_prompt(request, body)
        check_context(model, prompt[0])
        thinking = effort or (_DEFAULT_EFFORT if model.reasons else "")
        speech = speak(request, model.id, thinking, ask.directives)
        tier = "priority" if request.service_tier in {"priority", "fast"} else "default"
        now_s = self._clock.now_ms() // 1000
        response_id = str(UUID(bytes=shake_128(ask.body).digest(16)))
        return {
            **_echo(body, request),
            "id": response_id,
            "object": "response",
            "created_at": now_s,
            "completed_at": now_s,
            "model": model.id,
            "reasoning": {"effort": effort or None, "summary": "detailed"},
            "output": _output(response_id, request, speech, ask.directives),
            "usage": usage_page(model, effort, prompt, speech, priority=tier == "priority"),
            "metadata": {"system_fingerprint": fingerprint(model)},
            "service_tier": tier,
            **_ending(speech, ask.directives),
        }


def _echo(body: dict[str, Any], request: ResponsesRequest) -> dict[str, Any]:
    """What a response repeats of its request, with xAI's defaults."""
    return {
        "store": True if request.store is None else request.store,
        "instructions": request.instructions,
        "max_output_tokens": request.max_output_tokens,
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "previous_response_id": None,
        "temperature": 0.7 if request.temperature is None else request.temperature,
        "top_p": 0.95 if request.top_p is None else request.top_p,
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "user": request.user,
        "safety_identifier": request.safety_identifier,
        "prompt_cache_key": request.prompt_cache_key,
        "background": False,
        "truncation": "disabled",
        "top_logprobs": 0,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "max_tool_calls": None,
    }


def _ending(speech: Speech, directives: Sequence[Directive]) -> dict[str, Any]:
    if find(directives, "failed"):
        error = {"code": "server_error", "message": "The model failed while it was answering."}
        return {"status": "failed", "incomplete_details": None, "error": error}
    if speech.is_cut:
        details = {"reason": "max_output_tokens"}
        return {"status": "incomplete", "incomplete_details": details, "error": None}
    return {"status": "completed", "incomplete_details": None, "error": None}


def _output(
    response_id: str, request: ResponsesRequest, speech: Speech, directives: Sequence[Directive]
) -> list[dict[str, Any]]:
    items = []
    if speech.thought:
        include = request.include or []
        items.append(
            _reasoning_item(
                response_id, speech, is_encrypted="reasoning.encrypted_content" in include
            )
        )
    if speech.calls:
        items += _call_items(response_id, speech)
    else:
        items.append(_message_item(response_id, speech, directives))
    return items


def _reasoning_item(response_id: str, speech: Speech, *, is_encrypted: bool) -> dict[str, Any]:
    item = {
        "id": f"rs_{response_id}",
        "type": "reasoning",
        "status": "completed",
        "summary": [{"type": "summary_text", "text": speech.thought}],
    }
    if is_encrypted:
        sealed = shake_128(f"{response_id}{speech.thought}".encode()).digest(_ENCRYPTED_BYTES)
        item["encrypted_content"] = base64.b64encode(sealed).decode()
    return item


def _call_items(response_id: str, speech: Speech) -> list[dict[str, Any]]:
    return [
        {
            "id": f"fc_{response_id}_{number}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{shake_128(f'{response_id}{number}'.encode()).hexdigest(8)}",
            "name": call.name,
            "arguments": call.arguments,
        }
        for number, call in enumerate(speech.calls)
    ]


def _message_item(
    response_id: str, speech: Speech, directives: Sequence[Directive]
) -> dict[str, Any]:
    part: dict[str, Any]
    if speech.is_refusal:
        part = {"type": "refusal", "refusal": speech.text}
    else:
        cites = find(directives, "annotate") is not None
        part = {
            "type": "output_text",
            "text": speech.text,
            "logprobs": [],
            "annotations": [_citation(speech.text)] if cites else [],
        }
    return {
        "id": f"msg_{response_id}",
        "type": "message",
        "role": "assistant",
        "status": "incomplete" if speech.is_cut else "completed",
        "content": [part],
    }


def _citation(text: str) -> dict[str, Any]:
    return {
        "type": "url_citation",
        "url": "https://example.com/sandbox",
        "title": "The sandbox",
        "start_index": 0,
        "end_index": len(text),
    }
