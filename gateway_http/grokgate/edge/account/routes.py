"""A caller's own key, balance and usage."""

import grpc.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grokgate.api.billing.v1.account_pb2 import GetBalanceRequest, GetKeyRequest
from grokgate.api.billing.v1.account_pb2_grpc import AccountServiceStub
from grokgate.edge.account.objects import balance_object, key_object
from grokgate.edge.account.usage import Usage
from grokgate.edge.answers import json_answer
from grokgate.edge.auth import KeyFilter
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.middleware import call_of
from grokgate.edge.rpcs import ask_billing


def account_routes(keys: KeyFilter, billing: grpc.aio.Channel, limits: EdgeLimits) -> list[Route]:
    """The routes that show a caller what it has and had."""
    account = Account(keys, billing, limits.billing_timeout_s)
    usage = Usage(keys, billing, limits.billing_timeout_s)
    return [
        Route("/v1/key", account.key),
        Route("/v1/balance", account.balance),
        Route("/v1/usage", usage.rows),
    ]


class Account:
    """Serves what billing tells a caller about itself; each answer is fresh and costs nothing."""

    def __init__(self, keys: KeyFilter, billing: grpc.aio.Channel, timeout_s: float) -> None:
        self._keys = keys
        self._accounts = AccountServiceStub(billing)
        self._timeout_s = timeout_s

    async def key(self, request: Request) -> Response:
        """`GET /v1/key`."""
        call = call_of(request)
        await self._keys.admit(call)
        answer = await ask_billing(self._accounts.GetKey, GetKeyRequest(), call, self._timeout_s)
        return json_answer(key_object(answer.key))

    async def balance(self, request: Request) -> Response:
        """`GET /v1/balance`."""
        call = call_of(request)
        await self._keys.admit(call)
        balance = await ask_billing(
            self._accounts.GetBalance, GetBalanceRequest(), call, self._timeout_s
        )
        return json_answer(balance_object(balance))
