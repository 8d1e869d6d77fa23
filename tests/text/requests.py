"""Requests to begin from."""

from typing import Any

from grokgate.api.text.v1.text_pb2 import ContentPart, GenerateRequest, InputItem, Message


def said(text: str, role: str = "user") -> InputItem:
    return InputItem(message=Message(role=role, content=[ContentPart(text=text)]))


def request(*items: InputItem, **fields: Any) -> GenerateRequest:
    model = fields.pop("model", "xai/grok-4.3")
    return GenerateRequest(model=model, input=items or [said("Hello")], **fields)
