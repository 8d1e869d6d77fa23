"""`grokgate credit`: paid-in money."""

import typer

from grokgate.api.billing.v1.admin_pb2 import AddCreditRequest
from grokgate.launch.account_columns import ACCOUNT_COLUMNS
from grokgate.launch.commands import options
from grokgate.launch.desk import open_desk
from grokgate.launch.printing import show_one

group = typer.Typer(help="Add paid-in money.", no_args_is_help=True)


@group.command()
def add(
    account: options.Account,
    *,
    payment: options.PaymentId,
    usd: options.Usd = None,
    ticks: options.Ticks = None,
    service: options.Service = None,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Add money that was paid in. Repeating it with the same id adds it once."""
    request = AddCreditRequest(id=payment, account_id=account, usd_ticks=options.amount(usd, ticks))
    with open_desk(service, operator) as desk:
        answer = desk.ask(lambda admin: admin.AddCredit, request)
    show_one(answer.account, ACCOUNT_COLUMNS, as_json=as_json)
