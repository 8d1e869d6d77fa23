"""`grokgate account`: payers, their limits and their balances."""

from typing import Annotated

import typer

from grokgate.api.billing.v1.admin_pb2 import (
    Account,
    AdjustBalanceRequest,
    OpenAccountRequest,
    UpdateAccountRequest,
)
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.launch.amounts import multiplier_ppm
from grokgate.launch.columns.accounts import ACCOUNT_COLUMNS
from grokgate.launch.commands import options
from grokgate.launch.commands.groups import new_group
from grokgate.launch.commands.payments import pay
from grokgate.launch.desk import Desk, open_desk
from grokgate.launch.known_accounts import every_account, find_account
from grokgate.launch.printing import print_note, show, show_one

group = new_group("Open, list and change accounts.")


@group.command("open")
def open_account(
    account: options.Account,
    *,
    name: options.Name = "",
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Open an account with no money in it. Repeating it with the same name changes nothing."""
    with open_desk(service, operator) as desk:
        opened = _opened(desk, OpenAccountRequest(id=account, name=name))
    show_one(opened, ACCOUNT_COLUMNS, as_json=as_json)


@group.command("list")
def list_accounts(*, service: options.Service = None, as_json: options.AsJson = False) -> None:
    """List every account with its balance."""
    with open_desk(service) as desk:
        accounts = every_account(desk)
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
    """Correct a balance up, or down with a negative amount. An id is used once."""
    request = AdjustBalanceRequest(
        id=adjustment,
        account_id=account,
        usd_ticks=options.amount(usd_amount, ticks),
        reason=reason,
    )
    with open_desk(service, operator) as desk:
        adjusted = pay(desk, request)
    show_one(adjusted, ACCOUNT_COLUMNS, as_json=as_json)


def _opened(desk: Desk, request: OpenAccountRequest) -> Account:
    """The new account, or the one of that id and name that there is."""
    try:
        return desk.ask(lambda admin: admin.OpenAccount, request).account
    except GrokgateError as error:
        if error.reason is not Reason.ALREADY_EXISTS:
            raise
        there = find_account(desk, request.id)
        if there.name != request.name:
            raise
    print_note("Nothing was changed: the account was opened before.")
    return there


def _update(
    request: UpdateAccountRequest, service: options.Service, operator: str, *, as_json: bool
) -> None:
    with open_desk(service, operator) as desk:
        answer = desk.ask(lambda admin: admin.UpdateAccount, request)
    show_one(answer.account, ACCOUNT_COLUMNS, as_json=as_json)
