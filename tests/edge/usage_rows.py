"""Usage rows as billing tells of them."""

from typing import Any

from grokgate.api.billing.v1.account_pb2 import UsageRow
from grokgate.api.types.v1 import endpoint_pb2, money_pb2
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.usage_pb2 import Quantities, TextQuantities


def settled(**fields: Any) -> UsageRow:
    """A call that was answered and charged."""
    known: dict[str, Any] = {
        "request_id": "req_1",
        "created_at_ms": 1_780_000_000_500,
        "model": "xai/grok-4.3",
        "endpoint": endpoint_pb2.ENDPOINT_RESPONSES,
        "units": Quantities(
            text=TextQuantities(input_tokens=9, cached_input_tokens=1, output_tokens=2)
        ),
        "held_usd_ticks": 100,
        "charge": Charge(usd_ticks=50, basis=money_pb2.CHARGE_BASIS_PROVIDER),
        "status": "completed",
        "latency_ms": 12,
        "hold_id": "h1",
        "key_id": "key_1",
    }
    return UsageRow(**known | fields)
