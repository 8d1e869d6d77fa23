"""Who is calling: the key is asked about before a body is read."""

import hashlib
import re
from dataclasses import dataclass

import grpc.aio

from grokgate.api.billing.v1.account_pb2 import GetKeyRequest, GetKeyResponse
from grokgate.api.billing.v1.account_pb2_grpc import AccountServiceStub
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.chassis.calls import Call
from grokgate.chassis.clock import Clock
from grokgate.chassis.endpoints import PATHS, WORDS
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.rpcs import ask_billing

_SENDABLE_KEY = re.compile(r"[!-~]{1,256}")
_REFUSALS = frozenset({Reason.INVALID_API_KEY, Reason.REVOKED_API_KEY, Reason.EXPIRED_API_KEY})


@dataclass(frozen=True, slots=True)
class _Kept:
    verdict: GetKeyResponse | GrokgateError
    until_ms: int


class KeyFilter:
    """Turns bad keys away early. The hold that billing places decides; this saves it the work.

    Billing's verdicts are kept for some seconds by a digest of the key, so that a request costs
    no question and a revoked key is turned away here soon after.
    """

    def __init__(self, billing: grpc.aio.Channel, limits: EdgeLimits, clock: Clock) -> None:
        self._accounts = AccountServiceStub(billing)
        self._limits = limits
        self._clock = clock
        self._kept: dict[bytes, _Kept] = {}

    async def admit(self, call: Call, endpoint: Endpoint.ValueType | None = None) -> None:
        """Let a good key pass, to a paid endpoint if one is named.

        Fails with MISSING_API_KEY, INVALID_API_KEY, REVOKED_API_KEY, EXPIRED_API_KEY,
        ACCOUNT_SUSPENDED, ENDPOINT_NOT_ALLOWED, BILLING_UNAVAILABLE.
        """
        described = await self._describe(call)
        if endpoint is None:
            return
        if described.account_suspended:
            raise GrokgateError(
                Reason.ACCOUNT_SUSPENDED, "The account is suspended. Ask its operator why."
            )
        allowed = described.key.policy.allowed_endpoints
        if allowed and endpoint not in allowed:
            words = ", ".join(WORDS[each] for each in allowed if each in WORDS)
            raise GrokgateError(
                Reason.ENDPOINT_NOT_ALLOWED,
                f"This key may not use {PATHS[WORDS[endpoint]]}. It may use: {words}.",
            )

    async def _describe(self, call: Call) -> GetKeyResponse:
        digest = hashlib.sha256(_sendable_key(call).encode()).digest()
        kept = self._kept.get(digest)
        if kept is None or kept.until_ms <= self._clock.monotonic_ms():
            kept = await self._ask(call, digest)
        if isinstance(kept.verdict, GrokgateError):
            raise GrokgateError(kept.verdict.reason, kept.verdict.message)
        return kept.verdict

    async def _ask(self, call: Call, digest: bytes) -> _Kept:
        verdict: GetKeyResponse | GrokgateError
        try:
            verdict = await ask_billing(
                self._accounts.GetKey, GetKeyRequest(), call, self._limits.billing_timeout_s
            )
            kept_ms = self._limits.good_key_kept_ms
        except GrokgateError as error:
            if error.reason not in _REFUSALS:
                raise
            verdict, kept_ms = error, self._limits.bad_key_kept_ms
        kept = _Kept(verdict, self._clock.monotonic_ms() + kept_ms)
        self._keep(digest, kept)
        return kept

    def _keep(self, digest: bytes, kept: _Kept) -> None:
        self._kept.pop(digest, None)
        if len(self._kept) >= self._limits.keys_kept_max:
            del self._kept[next(iter(self._kept))]
        self._kept[digest] = kept


def _sendable_key(call: Call) -> str:
    """The caller's key, if metadata can carry it."""
    key = call.require_key().reveal()
    if not _SENDABLE_KEY.fullmatch(key):
        raise GrokgateError(Reason.INVALID_API_KEY, "The API key is not one of ours.")
    return key
