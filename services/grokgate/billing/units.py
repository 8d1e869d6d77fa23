"""What a call uses, checked, and as the JSON text that the ledger keeps."""

import msgspec

from grokgate.api.types.v1.usage_pb2 import Quantities
from grokgate.billing.fields import check_count, check_text
from grokgate.billing.refusals import invalid

# More than any quality or resolution has.
WORD_CHARACTERS = 32


def check_units(quantities: Quantities, param: str) -> Quantities:
    """Quantities of one kind: each number at least 0 and below 2^53, each word short."""
    kind = quantities.WhichOneof("units")
    if kind is None:
        raise invalid(param, "must say what the call uses.")
    for field, value in getattr(quantities, kind).ListFields():
        name = f"{param}.{kind}.{field.name}"
        if isinstance(value, str):
            check_text(value, name, most=WORD_CHARACTERS)
        else:
            check_count(value, name)
    if quantities.text.cached_input_tokens > quantities.text.input_tokens:
        raise invalid(f"{param}.text.cached_input_tokens", "must not be above input_tokens.")
    return quantities


def encode_units(quantities: Quantities) -> str:
    """As JSON, by kind: `{"text":{"input_tokens":12}}`; empty when nothing was counted."""
    kind = quantities.WhichOneof("units")
    if kind is None:
        return ""
    counts = {field.name: value for field, value in getattr(quantities, kind).ListFields()}
    return msgspec.json.encode({kind: counts}).decode()


def decode_units(text: str) -> Quantities | None:
    """What `encode_units` made; None when nothing was counted."""
    return Quantities(**msgspec.json.decode(text)) if text else None
