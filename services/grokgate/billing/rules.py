"""The ledger as a pure state machine: one command, one answer, no I/O."""

from collections.abc import Callable, Mapping
from typing import Any

from grokgate.billing import endings, operators, place
from grokgate.billing.commands import (
    AddCredit,
    AdjustBalance,
    Command,
    ExtendHold,
    IssueKey,
    OpenAccount,
    PlaceHold,
    ReleaseHold,
    Result,
    RevokeKey,
    RotateKey,
    SettleHold,
    UpdateAccount,
    VoidHold,
)
from grokgate.billing.state import State

_RULES: Mapping[type, Callable[[State, Any, int], Result]] = {
    PlaceHold: place.place,
    SettleHold: endings.settle,
    ReleaseHold: endings.release,
    ExtendHold: endings.extend,
    OpenAccount: operators.open_account,
    UpdateAccount: operators.update_account,
    AddCredit: operators.add_credit,
    AdjustBalance: operators.adjust_balance,
    IssueKey: operators.issue_key,
    RevokeKey: operators.revoke_key,
    RotateKey: operators.rotate_key,
    VoidHold: operators.void_hold,
}


def apply(state: State, command: Command, now_ms: int) -> Result:
    """Do what a command asks, recording it in `state.changes`.

    No open hold in `state` may be past its expiry at `now_ms`: whoever runs a batch expires those
    first. Raises GrokgateError with the reasons that the command's RPC lists, and then leaves the
    state as it was.
    """
    return _RULES[type(command)](state, command, now_ms)
