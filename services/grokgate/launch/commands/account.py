"""`grokgate account`: payers, their limits and their balances."""

from typing import Annotated

import typer

from grokgate.api.billing.v1.admin_pb2 import (
    Account,
    AdjustBalanceRequest,
    ListAccountsRequest,
    OpenAccountRequest,
    UpdateAccountRequest,
)
from grokgate.launch.account_columns import ACCOUNT_COLUMNS
from grokgate.launch.amounts import multiplier_ppm
from grokgate.launch.commands import options
from grokgate.launch.desk import Desk, open_desk
from grokgate.launch.printing import show, show_one

group = typer.Typer(help="Open, list and change accounts.", no_args_is_help=True)

_PAGE_ROWS = 100


@group.command("open")
def open_account(
    account: options.Account,
    *,
    name: options.Name = "",
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Open an account with no money in it."""
    with open_desk(service, operator) as desk:
        answer = desk.ask(
            lambda admin: admin.OpenAccount, OpenAccountRequest(id=account, name=name)
        )
    show_one(answer.account, ACCOUNT_COLUMNS, as_json=as_json)


@group.command("list")
def list_accounts(*, service: options.Service = None, as_json: options.AsJson = False) -> None:
    """List every account with its balance."""
    with open_desk(service) as desk:
        accounts = _every_account(desk)
    show(accounts, ACCOUNT_COLUMNS, as_json=as_json)


@group.command()
def suspend(
    account: options.Account,
    *,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Refuse the account's keys until it is resumed."""
    _update(UpdateAccountRequest(id=account, suspended=True), service, operator, as_json=as_json)


@group.command()
def resume(
    account: options.Account,
    *,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Take the account's keys again."""
    _update(UpdateAccountRequest(id=account, suspended=False), service, operator, as_json=as_json)


@group.command("set-multiplier")
def set_multiplier(
    account: options.Account,
    multiplier: Annotated[
        int,
        typer.Argument(
            parser=multiplier_ppm, metavar="FACTOR", help="1 is the price, 1.2 adds 20 %."
        ),
    ],
    *,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Multiply what the account is charged from now on."""
    request = UpdateAccountRequest(id=account, multiplier_ppm=multiplier)
    _update(request, service, operator, as_json=as_json)


@group.command("set-limits")
def set_limits(
    account: options.Account,
    *,
    requests_per_minute: Annotated[
        int | None, options.limit("--requests-per-minute", "--rpm")
    ] = None,
    tokens_per_minute: Annotated[int | None, options.limit("--tokens-per-minute", "--tpm")] = None,
    concurrency: Annotated[int | None, options.limit("--concurrency")] = None,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Set limits over all keys of the account; 0 takes a limit away."""
    if requests_per_minute is tokens_per_minute is concurrency is None:
        raise typer.BadParameter("name at least one limit")
    request = UpdateAccountRequest(
        id=account,
        requests_per_minute=requests_per_minute,
        tokens_per_minute=tokens_per_minute,
        concurrency=concurrency,
    )
    _update(request, service, operator, as_json=as_json)


@group.command()
def adjust(
    account: options.Account,
    *,
    adjustment: options.PaymentId,
    usd_amount: options.Usd = None,
    ticks: options.Ticks = None,
    reason: options.Reason,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Correct a balance up, or down with a negative amount. Repeating it is safe."""
    request = AdjustBalanceRequest(
        id=adjustment,
        account_id=account,
        usd_ticks=options.amount(usd_amount, ticks),
        reason=reason,
    )
    with open_desk(service, operator) as desk:
        answer = desk.ask(lambda admin: admin.AdjustBalance, request)
    show_one(answer.account, ACCOUNT_COLUMNS, as_json=as_json)


def _update(
    request: UpdateAccountRequest, service: options.Service, operator: str, *, as_json: bool
) -> None:
    with open_desk(service, operator) as desk:
        answer = desk.ask(lambda admin: admin.UpdateAccount, request)
    show_one(answer.account, ACCOUNT_COLUMNS, as_json=as_json)


def _every_account(desk: Desk) -> list[Account]:
    accounts: list[Account] = []
    more = True
    while more:
        after = accounts[-1].id if accounts else ""
        request = ListAccountsRequest(limit=_PAGE_ROWS, after=after)
        page = desk.ask(lambda admin: admin.ListAccounts, request)
        accounts += page.accounts
        more = page.has_more
    return accounts
