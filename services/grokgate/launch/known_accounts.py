"""The accounts that there are."""

from grokgate.api.billing.v1.admin_pb2 import Account, ListAccountsRequest
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.launch.desk import Desk

_PAGE_ROWS = 100


def every_account(desk: Desk) -> list[Account]:
    """All of them, by id."""
    accounts: list[Account] = []
    more = True
    while more:
        after = accounts[-1].id if accounts else ""
        request = ListAccountsRequest(limit=_PAGE_ROWS, after=after)
        page = desk.ask(lambda admin: admin.ListAccounts, request)
        accounts += page.accounts
        more = page.has_more
    return accounts


def find_account(desk: Desk, account: str) -> Account:
    """The account of an id; raises NOT_FOUND."""
    for found in every_account(desk):
        if found.id == account:
            return found
    raise GrokgateError(Reason.NOT_FOUND, "There is no account of that id.", param="account_id")
