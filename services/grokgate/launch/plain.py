"""Messages as JSON values: the contract's field names, integers as integers."""

from typing import Any

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message

from grokgate.edge.money import usd


def plain(message: Message) -> dict[str, Any]:
    """Every field; null where an optional one or an enum says nothing.

    Beside each amount in ticks stands the same as a decimal: `held_usd` beside `held_usd_ticks`.
    """
    values: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        values[field.name] = value = _value(message, field)
        if field.name.endswith("usd_ticks"):
            values[field.name.removesuffix("_ticks")] = None if value is None else usd(value)
    return values


def enum_word(enum: EnumDescriptor, number: int) -> str | None:
    """The word of an enum's value: `open` for `HOLD_STATE_OPEN`; None for zero."""
    if not number:
        return None
    zero = enum.values_by_number[0].name
    name: str = enum.values_by_number[number].name
    return name.removeprefix(zero.removesuffix("UNSPECIFIED")).lower()


def _value(message: Message, field: Any) -> Any:
    value = getattr(message, field.name)
    if field.is_repeated:
        return [_single(one, field) for one in value]
    if field.has_presence and not message.HasField(field.name):
        return None
    return _single(value, field)


def _single(value: Any, field: Any) -> Any:
    if field.message_type is not None:
        return plain(value)
    if field.enum_type is not None:
        return enum_word(field.enum_type, value)
    return value
