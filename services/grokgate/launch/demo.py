"""A demo account with credit and a key, so that the first request is one paste away."""

import os
from dataclasses import dataclass
from pathlib import Path

import grpc

from grokgate.api.billing.v1.admin_pb2 import (
    AddCreditRequest,
    IssueKeyRequest,
    OpenAccountRequest,
)
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceStub
from grokgate.chassis.credentials import admin_metadata
from grokgate.chassis.errors import Reason
from grokgate.chassis.secrets import Secret
from grokgate.chassis.statuses import from_rpc_error

_ACCOUNT = "demo"
_CREDIT_USD_TICKS = 10 * 10**10
_FILE = "demo.env"


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo key. `fresh` is whether it was made just now."""

    path: Path
    api_key: Secret
    fresh: bool


async def open_demo(
    billing: grpc.aio.Channel, admin_token: Secret, state_dir: Path, url: str
) -> Demo:
    """The demo account's key: made and written at the first start, read at later ones."""
    path = state_dir / _FILE
    known = _read_key(path)
    if known:
        _write(path, url, known)
        return Demo(path, known, fresh=False)
    admin = AdminServiceStub(billing)
    metadata = admin_metadata(admin_token, "make run")
    try:
        await admin.OpenAccount(
            OpenAccountRequest(id=_ACCOUNT, name="Demo account"), metadata=metadata
        )
    except grpc.aio.AioRpcError as exc:
        if from_rpc_error(exc).reason is not Reason.ALREADY_EXISTS:
            raise from_rpc_error(exc) from exc
    credit = AddCreditRequest(id="demo-credit", account_id=_ACCOUNT, usd_ticks=_CREDIT_USD_TICKS)
    try:
        await admin.AddCredit(credit, metadata=metadata)
        issued = await admin.IssueKey(
            IssueKeyRequest(account_id=_ACCOUNT, name="Demo key"), metadata=metadata
        )
    except grpc.aio.AioRpcError as exc:
        raise from_rpc_error(exc) from exc
    api_key = Secret(issued.secret)
    _write(path, url, api_key)
    return Demo(path, api_key, fresh=True)


def _read_key(path: Path) -> Secret:
    lines = path.read_text().splitlines() if path.exists() else []
    values = dict(line.partition("=")[::2] for line in lines)
    return Secret(values.get("GROKGATE_API_KEY", ""))


def _write(path: Path, url: str, api_key: Secret) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"GROKGATE_URL={url}\nGROKGATE_API_KEY={api_key.reveal()}\n")
