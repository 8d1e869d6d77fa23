"""`grokgate hold`: money that calls under way reserve."""

from collections.abc import Sequence
from typing import Annotated

import typer

from grokgate.api.billing.v1.account_pb2 import UsageRow
from grokgate.api.billing.v1.admin_pb2 import ListHoldsRequest, VoidHoldRequest
from grokgate.api.billing.v1.billing_pb2 import HoldState
from grokgate.api.types.v1.money_pb2 import ChargeBasis
from grokgate.chassis.clock import SystemClock
from grokgate.edge.money import usd
from grokgate.launch import moments
from grokgate.launch.commands import options
from grokgate.launch.commands.groups import new_group
from grokgate.launch.desk import open_desk
from grokgate.launch.known_accounts import find_account
from grokgate.launch.moments import Moment, gone_ms
from grokgate.launch.plain import enum_word
from grokgate.launch.printing import Column, print_note, show, show_one

group = new_group("List and release holds.")

_COLUMNS: Sequence[Column[UsageRow]] = (
    Column("hold", lambda hold: hold.hold_id),
    Column("key", lambda hold: hold.key_id),
    Column("model", lambda hold: hold.model),
    Column("held USD", lambda hold: usd(hold.held_usd_ticks), right=True),
    Column("state", lambda hold: enum_word(HoldState.DESCRIPTOR, hold.state)),
    Column("reason", lambda hold: hold.void_reason),
    Column("basis", lambda hold: enum_word(ChargeBasis.DESCRIPTOR, hold.charge.basis)),
    Column("placed", lambda hold: moments.shown(hold.created_at_ms)),
    Column("request", lambda hold: hold.request_id),
)


@group.command("list")
def list_holds(
    account: options.AnyAccount = "",
    *,
    to_reconcile: Annotated[
        bool,
        typer.Option(
            "--to-reconcile",
            help="Those that xAI may have billed without a charge, or unlike it, instead.",
        ),
    ] = False,
    since: Annotated[Moment | None, options.since_option()] = None,
    limit: Annotated[int, options.rows("The newest so many.")] = 100,
    service: options.Service = None,
    as_json: options.AsJson = False,
) -> None:
    """List open holds, the newest first."""
    request = ListHoldsRequest(account_id=account, to_reconcile=to_reconcile, limit=limit)
    with open_desk(service) as desk:
        answer = desk.ask(lambda admin: admin.ListHolds, request)
        if account and not answer.holds:
            find_account(desk, account)
    since_ms = gone_ms(since, SystemClock().now_ms()) if since else 0
    wanted = [hold for hold in answer.holds if hold.created_at_ms >= since_ms]
    show(wanted, _COLUMNS, as_json=as_json)
    if len(wanted) == limit:
        print_note("There may be older ones: raise --limit.")


@group.command()
def release(
    hold: Annotated[str, options.text_argument("HOLD", "The hold's id.")],
    *,
    reason: options.Reason,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Give back what an open hold reserves. A charge that comes later is posted all the same."""
    request = VoidHoldRequest(hold_id=hold, reason=reason)
    with open_desk(service, operator) as desk:
        answer = desk.ask(lambda admin: admin.VoidHold, request)
    show_one(answer.hold, _COLUMNS, as_json=as_json)
