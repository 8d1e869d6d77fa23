"""`grokgate key`: callers' keys and what they may do."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from grokgate.api.billing.v1.account_pb2 import BudgetPeriod, Key, KeyPolicy
from grokgate.api.billing.v1.admin_pb2 import (
    IssueKeyRequest,
    ListKeysRequest,
    RevokeKeyRequest,
    RotateKeyRequest,
)
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.chassis.clock import SystemClock
from grokgate.chassis.endpoints import NUMBERS
from grokgate.launch import moments
from grokgate.launch.commands import options
from grokgate.launch.desk import Desk, open_desk
from grokgate.launch.key_columns import key_columns
from grokgate.launch.plain import plain
from grokgate.launch.printing import print_json, print_note, print_table, show, show_one

group = typer.Typer(help="Issue, list, rotate and revoke callers' keys.", no_args_is_help=True)

_PAGE_ROWS = 100


class Period(StrEnum):
    """When a budget starts anew, in UTC."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_KeyId = Annotated[str, typer.Argument(metavar="KEY", help="The key's id.", show_default=False)]


@group.command()
def issue(
    account: options.Account,
    *,
    name: options.Name = "",
    model: Annotated[
        list[str] | None,
        typer.Option(help="A model that it may use, such as xai/grok-4.3; repeat for more."),
    ] = None,
    endpoint: Annotated[
        list[str] | None,
        typer.Option(help="An operation that it may use, such as responses; repeat for more."),
    ] = None,
    requests_per_minute: Annotated[
        int | None, options.limit("--requests-per-minute", "--rpm")
    ] = None,
    tokens_per_minute: Annotated[int | None, options.limit("--tokens-per-minute", "--tpm")] = None,
    concurrency: Annotated[int | None, options.limit("--concurrency")] = None,
    budget_usd: Annotated[int | None, options.usd_option("--budget-usd")] = None,
    budget_ticks: Annotated[int | None, options.ticks_option("--budget-ticks")] = None,
    budget_period: Annotated[
        Period | None, typer.Option(help="When the budget starts anew; never without.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="RFC 3339, or a span such as 30d.", show_default=False)
    ] = None,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Make a key and show its secret, once."""
    policy = KeyPolicy(
        allowed_models=model or [],
        allowed_endpoints=[_endpoint(word) for word in endpoint or []],
        requests_per_minute=requests_per_minute or None,
        tokens_per_minute=tokens_per_minute or None,
        concurrency=concurrency or None,
        budget_usd_ticks=options.optional_amount(
            budget_usd, budget_ticks, "--budget-usd / --budget-ticks"
        ),
        budget_period=_PERIODS[budget_period],
        expires_at_ms=moments.to_come_ms(expires, SystemClock().now_ms()),
    )
    request = IssueKeyRequest(account_id=account, name=name, policy=policy)
    with open_desk(service, operator) as desk:
        answer = desk.ask(lambda admin: admin.IssueKey, request)
    if as_json:
        print_json(plain(answer))
    else:
        _print_new([answer.key], answer.secret)


@group.command("list")
def list_keys(
    account: options.AnyAccount = "",
    *,
    service: options.Service = None,
    as_json: options.AsJson = False,
) -> None:
    """List the keys of an account, or of all."""
    with open_desk(service) as desk:
        keys = _every_key(desk, account)
    show(keys, key_columns(SystemClock().now_ms()), as_json=as_json)


@group.command()
def rotate(
    key: _KeyId,
    *,
    overlap: Annotated[
        str, typer.Option(help="How long the old key goes on working, as 30m, 24h or 7d.")
    ] = "24h",
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Make a key with the policy of another one, which ends when the overlap is over."""
    request = RotateKeyRequest(id=key, overlap_ms=moments.span_ms(overlap))
    with open_desk(service, operator) as desk:
        answer = desk.ask(lambda admin: admin.RotateKey, request)
    if as_json:
        print_json(plain(answer))
    else:
        _print_new([answer.key, answer.old_key], answer.secret)


@group.command()
def revoke(
    key: _KeyId,
    *,
    when: Annotated[
        str | None,
        typer.Option(
            "--at", help="RFC 3339, or a span such as 2h; now without.", show_default=False
        ),
    ] = None,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Refuse a key, from now on or from a later time."""
    revoked_at_ms = moments.to_come_ms(when, SystemClock().now_ms())
    with open_desk(service, operator) as desk:
        answer = desk.ask(
            lambda admin: admin.RevokeKey, RevokeKeyRequest(id=key, revoked_at_ms=revoked_at_ms)
        )
    show_one(answer.key, key_columns(SystemClock().now_ms()), as_json=as_json)


_PERIODS: dict[Period | None, BudgetPeriod.ValueType] = {
    None: BudgetPeriod.BUDGET_PERIOD_UNSPECIFIED,
    Period.DAY: BudgetPeriod.BUDGET_PERIOD_DAY,
    Period.WEEK: BudgetPeriod.BUDGET_PERIOD_WEEK,
    Period.MONTH: BudgetPeriod.BUDGET_PERIOD_MONTH,
}


def _endpoint(word: str) -> Endpoint.ValueType:
    if word not in NUMBERS:
        raise typer.BadParameter(
            f"{word!r} is none of {', '.join(NUMBERS)}", param_hint="--endpoint"
        )
    return NUMBERS[word]


def _every_key(desk: Desk, account: str) -> list[Key]:
    keys: list[Key] = []
    more = True
    while more:
        after = keys[-1].id if keys else ""
        request = ListKeysRequest(account_id=account, limit=_PAGE_ROWS, after=after)
        page = desk.ask(lambda admin: admin.ListKeys, request)
        keys += page.keys
        more = page.has_more
    return keys


def _print_new(keys: Sequence[Key], secret: str) -> None:
    """The secret alone goes to standard output last, so that a person finds it."""
    print_table(keys, key_columns(SystemClock().now_ms()))
    typer.echo(secret)
    print_note("This is the new key; it is not shown again.")
