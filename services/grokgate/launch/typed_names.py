"""What the fields of operators' RPCs are called on the command line."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from grokgate.api.billing.v1 import admin_pb2 as pb
from grokgate.api.media.v1.admin_pb2 import GetVideoJobRequest, ListVideoJobsRequest
from grokgate.chassis.errors import GrokgateError

_AMOUNT = "--usd / --ticks"
_LIMITS = {
    "requests_per_minute": "--requests-per-minute",
    "tokens_per_minute": "--tokens-per-minute",
    "concurrency": "--concurrency",
}

# Every field that an operator fills in; those of a key's policy stand beside those of its request.
TYPED_NAMES: Mapping[type[Message], Mapping[str, str]] = {
    pb.OpenAccountRequest: {"id": "ACCOUNT", "name": "--name"},
    pb.UpdateAccountRequest: {"id": "ACCOUNT", "multiplier_ppm": "FACTOR", **_LIMITS},
    pb.AddCreditRequest: {"id": "--id", "account_id": "ACCOUNT", "usd_ticks": _AMOUNT},
    pb.AdjustBalanceRequest: {
        "id": "--id",
        "account_id": "ACCOUNT",
        "usd_ticks": _AMOUNT,
        "reason": "--reason",
    },
    pb.IssueKeyRequest: {
        "account_id": "ACCOUNT",
        "name": "--name",
        "allowed_models": "--model",
        "allowed_endpoints": "--endpoint",
        "budget_usd_ticks": "--budget-usd / --budget-ticks",
        "budget_period": "--budget-period",
        "expires_at_ms": "--expires",
        **_LIMITS,
    },
    pb.ListKeysRequest: {"account_id": "ACCOUNT"},
    pb.RevokeKeyRequest: {"id": "KEY", "revoked_at_ms": "--at"},
    pb.RotateKeyRequest: {"id": "KEY", "overlap_ms": "--overlap"},
    pb.ListHoldsRequest: {
        "account_id": "ACCOUNT",
        "to_reconcile": "--to-reconcile",
        "limit": "--limit",
    },
    pb.VoidHoldRequest: {"hold_id": "HOLD", "reason": "--reason"},
    pb.SummarizeUsageRequest: {
        "group_by": "--by",
        "from_ms": "--from",
        "to_ms": "--to",
        "account_id": "--account",
    },
    pb.ListAuditRowsRequest: {"subject": "--subject", "limit": "--limit", "after": "--after"},
    ListVideoJobsRequest: {
        "limit": "--limit",
        "after": "--after",
        "state": "--state",
        "account_id": "--account",
    },
    GetVideoJobRequest: {"id": "VIDEO"},
}


def in_typed_names(error: GrokgateError, request: Any) -> GrokgateError:
    """The error as an operator reads it, who typed no field of a message."""
    field = error.param.rpartition(".")[2]
    typed = TYPED_NAMES.get(type(request), {}).get(field)
    if typed is None:
        return error
    message = error.message.replace(f"`{error.param}`", f"`{typed}`")
    return GrokgateError(error.reason, message, param=typed, details=error.details)
