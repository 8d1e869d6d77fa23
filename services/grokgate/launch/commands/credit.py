"""`grokgate credit`: paid-in money."""

from grokgate.api.billing.v1.admin_pb2 import AddCreditRequest
from grokgate.launch.columns.accounts import ACCOUNT_COLUMNS
from grokgate.launch.commands import options
from grokgate.launch.commands.groups import new_group
from grokgate.launch.commands.payments import pay
from grokgate.launch.desk import open_desk
from grokgate.launch.printing import show_one

group = new_group("Add paid-in money.")


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
        credited = pay(desk, request)
    show_one(credited, ACCOUNT_COLUMNS, as_json=as_json)
