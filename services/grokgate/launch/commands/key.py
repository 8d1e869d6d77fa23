"""`grokgate key`: callers' keys and what they may do."""

from collections.abc import Iterator, Sequence
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
from grokgate.api.billing.v1.catalog_pb2 import Model
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.billing.operators import MOST_OVERLAP_MS
from grokgate.chassis.clock import SystemClock
from grokgate.chassis.endpoints import NUMBERS
from grokgate.launch.columns.keys import key_columns
from grokgate.launch.commands import options
from grokgate.launch.commands.groups import new_group
from grokgate.launch.desk import Desk, open_desk
from grokgate.launch.known_accounts import find_account
from grokgate.launch.moments import Moment, read_span_ms, to_come_ms
from grokgate.launch.plain import plain
from grokgate.launch.printing import print_json, print_note, print_table, show, show_one

group = new_group("Issue, list, rotate and revoke callers' keys.")

_PAGE_ROWS = 100
_OVERLAP = "24h"


class Period(StrEnum):
    """When a budget starts anew, in UTC."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def _read_overlap_ms(text: str) -> int:
    span_ms = read_span_ms(text)
    if span_ms > MOST_OVERLAP_MS:
        raise typer.BadParameter(f"{text!r} is more than 366d")
    return span_ms


_KeyId = Annotated[str, options.text_argument("KEY", "The key's id.")]


@group.command()
def issue(
    account: options.Account,
    *,
    name: options.Name = "",
    model: Annotated[
        list[str] | None,
        options.text_option(
            "--model",
            metavar="MODEL",
            help_text="A model that it may use, by any of its names; repeat for more.",
        ),
    ] = None,
    endpoint: Annotated[
        list[str] | None,
        options.text_option(
            "--endpoint",
            metavar="OPERATION",
            help_text="An operation that it may use, such as responses; repeat for more.",
        ),
    ] = None,
    requests_per_minute: Annotated[
        int | None, options.limit("--requests-per-minute", "--rpm")
    ] = None,
    tokens_per_minute: Annotated[int | None, options.limit("--tokens-per-minute", "--tpm")] = None,
    concurrency: Annotated[int | None, options.limit("--concurrency")] = None,
    budget_usd: Annotated[int | None, options.usd_option("--budget-usd")] = None,
    budget_ticks: Annotated[int | None, options.ticks_option("--budget-ticks", least=0)] = None,
    budget_period: Annotated[
        Period | None, typer.Option(help="When the budget starts anew; never without.")
    ] = None,
    expires: Annotated[
        Moment | None, options.moment_option("--expires", "RFC 3339, or a span such as 30d.")
    ] = None,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Make a key and show its secret, once."""
    policy = KeyPolicy(
        allowed_endpoints=[_endpoint(word) for word in endpoint or []],
        requests_per_minute=requests_per_minute or None,
        tokens_per_minute=tokens_per_minute or None,
        concurrency=concurrency or None,
        budget_usd_ticks=_budget(budget_usd, budget_ticks, budget_period),
        budget_period=_PERIODS[budget_period],
        expires_at_ms=_to_come_ms(expires, "--expires"),
    )
    request = IssueKeyRequest(account_id=account, name=name, policy=policy)
    with open_desk(service, operator) as desk:
        request.policy.allowed_models.extend(_canonical(desk, model or []))
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
        if account and not keys:
            find_account(desk, account)
    show(keys, key_columns(SystemClock().now_ms()), as_json=as_json)


@group.command()
def rotate(
    key: _KeyId,
    *,
    overlap_ms: Annotated[
        int,
        typer.Option(
            "--overlap",
            default_factory=lambda: _OVERLAP,
            parser=_read_overlap_ms,
            metavar="SPAN",
            show_default=_OVERLAP,
            help="How long the old key goes on working, as 30m, 24h or 7d, at most 366d.",
        ),
    ],
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Make a key with the policy of another one, which ends when the overlap is over."""
    request = RotateKeyRequest(id=key, overlap_ms=overlap_ms)
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
        Moment | None,
        options.moment_option("--at", "RFC 3339, or a span such as 2h; now without."),
    ] = None,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Refuse a key, from now on or from a later time."""
    revoked_at_ms = _to_come_ms(when, "--at")
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


def _budget(usd: int | None, ticks: int | None, period: Period | None) -> int | None:
    """Ticks; None when there is no budget, which then has no period either."""
    budget = options.optional_amount(usd, ticks, "--budget-usd / --budget-ticks")
    if budget is None and period is not None:
        raise typer.BadParameter(
            "there is no budget: give --budget-usd too", param_hint="--budget-period"
        )
    return budget


def _endpoint(word: str) -> Endpoint.ValueType:
    if word not in NUMBERS:
        raise typer.BadParameter(
            f"{word!r} is none of {', '.join(NUMBERS)}", param_hint="--endpoint"
        )
    return NUMBERS[word]


def _canonical(desk: Desk, names: Sequence[str]) -> list[str]:
    """The ids of models by any of their names; an unknown name stays, for billing to refuse."""
    if not names:
        return []
    ids = {name: one.id for one in desk.models().models for name in _names(one)}
    return list(dict.fromkeys(ids.get(name, name) for name in names))


def _names(model: Model) -> Iterator[str]:
    """What a model is called, with and without the prefix of its id."""
    prefix, slash, bare = model.id.rpartition("/")
    yield model.id
    for name in (bare, *model.aliases):
        yield name
        yield prefix + slash + name


def _to_come_ms(moment: Moment | None, option: str) -> int | None:
    """Unix milliseconds of a time that must not be over; None stays None."""
    if moment is None:
        return None
    now_ms = SystemClock().now_ms()
    at_ms = to_come_ms(moment, now_ms)
    if at_ms <= now_ms:
        raise typer.BadParameter("write a time to come", param_hint=option)
    return at_ms


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
