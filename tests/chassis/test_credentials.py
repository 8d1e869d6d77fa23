"""Services and operators are known by what they show."""

from collections.abc import Callable

import grpc.aio
import pytest

from grokgate.chassis.credentials import (
    ServiceTokens,
    admin_metadata,
    require_admin,
    service_metadata,
)
from grokgate.chassis.errors import GrokgateError, Reason, StartupError
from grokgate.chassis.rpc_types import Context
from grokgate.chassis.secrets import Secret
from grokgate.chassis.statuses import from_rpc_error
from tests.chassis.echo_room import EchoRoom, ask, channel_to

Metadata = tuple[tuple[str, str], ...]

TOKENS = ServiceTokens({"text": Secret("token-of-text"), "voice": Secret("token-of-voice")})
ADMIN = Secret("token-of-admin")


async def told(name_caller: Callable[[Context], str], metadata: Metadata) -> str:
    """What a servicer takes the caller for, over a real connection."""
    names: list[str] = []

    async def listen(context: Context) -> None:
        names.append(name_caller(context))

    async with channel_to(EchoRoom(listen)) as channel:
        try:
            await ask(channel, "UnaryUnary", metadata=metadata)
        except grpc.aio.AioRpcError as exc:
            raise from_rpc_error(exc) from exc
    return names[0]


@pytest.mark.parametrize(
    ("token", "name"), [("token-of-text", "text"), ("token-of-voice", "voice")]
)
async def test_a_service_is_known_by_its_token(token: str, name: str) -> None:
    assert await told(TOKENS.identify, service_metadata(Secret(token))) == name


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        service_metadata(Secret("")),
        service_metadata(Secret("token-of-nobody")),
        service_metadata(Secret("token-of-tex")),
        (("authorization", "Bearer token-of-text"),),
        (("x-grokgate-admin-token", "token-of-text"),),
    ],
)
async def test_whoever_shows_no_service_token_is_refused(metadata: Metadata) -> None:
    with pytest.raises(GrokgateError) as caught:
        await told(TOKENS.identify, metadata)
    assert caught.value.reason is Reason.SERVICE_CREDENTIAL_REQUIRED
    assert "token-of" not in caught.value.message


async def test_nobody_is_known_where_no_tokens_are_set() -> None:
    with pytest.raises(GrokgateError):
        await told(ServiceTokens({}).identify, service_metadata(Secret("token-of-text")))


def test_an_empty_service_token_is_refused_at_start() -> None:
    with pytest.raises(StartupError, match="'voice' is empty"):
        ServiceTokens({"text": Secret("a"), "voice": Secret("")})


def test_one_token_for_two_services_is_refused_at_start() -> None:
    with pytest.raises(StartupError, match="same token"):
        ServiceTokens({"text": Secret("a"), "voice": Secret("a")})


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        (admin_metadata(ADMIN, "olga"), "olga"),
        (admin_metadata(ADMIN, ""), "admin"),
        (admin_metadata(ADMIN, "olga")[:1], "admin"),
    ],
)
async def test_an_operator_is_known_by_name(metadata: Metadata, name: str) -> None:
    assert await told(lambda context: require_admin(context, ADMIN), metadata) == name


@pytest.mark.parametrize("sent", ["", "token-of-text", "token-of-admi"])
async def test_whoever_shows_no_admin_token_is_refused(sent: str) -> None:
    with pytest.raises(GrokgateError) as caught:
        await told(
            lambda context: require_admin(context, ADMIN), admin_metadata(Secret(sent), "olga")
        )
    assert caught.value.reason is Reason.ADMIN_TOKEN_REQUIRED


async def test_an_empty_admin_token_admits_nobody() -> None:
    with pytest.raises(GrokgateError):
        await told(
            lambda context: require_admin(context, Secret("")), admin_metadata(Secret(""), "olga")
        )
