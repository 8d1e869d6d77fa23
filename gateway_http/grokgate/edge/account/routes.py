"""A caller's own key and balance."""

import grpc.aio
from starlette.requests import Request
from starlette.responses import Response

from grokgate.api.billing.v1.account_pb2 import GetBalanceRequest, GetKeyRequest
from grokgate.api.billing.v1.account_pb2_grpc import AccountServiceStub
from grokgate.edge.account.objects import balance_object, key_object
from grokgate.edge.answers import json_answer
from grokgate.edge.auth import KeyFilter
from grokgate.edge.middleware import call_of
from grokgate.edge.rpcs import ask_billing


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
