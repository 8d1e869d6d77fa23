"""TLS and mTLS with real certificates."""

from collections.abc import Callable
from pathlib import Path

import grpc
import grpc.aio
import pytest
import trustme

from grokgate.chassis.channels import open_channel
from grokgate.chassis.credentials import ServiceTokens, service_metadata
from grokgate.chassis.errors import StartupError
from grokgate.chassis.rpc_types import Context
from grokgate.chassis.secrets import Secret
from grokgate.chassis.tls import ClientTls, ServerTls
from tests.chassis.echo_room import MESSAGE_CAP_BYTES, EchoRoom, ask, serving

TOKENS = ServiceTokens({"text": Secret("token-of-text"), "voice": Secret("token-of-voice")})

Metadata = tuple[tuple[str, str], ...]


class Authority:
    """A certificate authority and the files that it gave out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ca = trustme.CA()
        self.ca = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(self.ca)

    def issue(
        self, file_name: str, *names: str, common_name: str | None = None
    ) -> tuple[Path, Path]:
        """A certificate's file and its key's."""
        issued = self._ca.issue_cert(*names, common_name=common_name)
        certificate = self._folder / f"{file_name}.pem"
        key = self._folder / f"{file_name}.key"
        for number, part in enumerate(issued.cert_chain_pems):
            part.write_to_path(certificate, append=number > 0)
        key.touch(mode=0o600)
        issued.private_key_pem.write_to_path(key)
        return certificate, key


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def server_tls(authority: Authority) -> ServerTls:
    certificate, key = authority.issue("server", "localhost", "127.0.0.1")
    return ServerTls(certificate, key, client_ca=authority.ca)


async def ask_over_tls(
    room: EchoRoom, server: ServerTls, client: ClientTls, metadata: Metadata = ()
) -> list[str]:
    async with (
        serving(room, tls=server) as (_, address),
        open_channel(address, message_cap_bytes=MESSAGE_CAP_BYTES, tls=client) as channel,
    ):
        return await ask(channel, "UnaryUnary", metadata=metadata)


async def told(server: ServerTls, client: ClientTls, metadata: Metadata = ()) -> str:
    """Which service a servicer takes the caller for."""
    names: list[str] = []

    async def listen(context: Context) -> None:
        names.append(TOKENS.identify(context))

    await ask_over_tls(EchoRoom(listen), server, client, metadata)
    return names[0]


async def test_tls_carries_calls_for_whoever_trusts_the_server(
    authority: Authority, server_tls: ServerTls
) -> None:
    open_to_all = ServerTls(server_tls.certificate, server_tls.key)
    answer = await ask_over_tls(EchoRoom(), open_to_all, ClientTls(ca=authority.ca))
    assert answer == ["hello"]


async def test_a_server_of_another_authority_is_not_trusted(
    server_tls: ServerTls, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Authority(tmp_path_factory.mktemp("other"))
    open_to_all = ServerTls(server_tls.certificate, server_tls.key)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask_over_tls(EchoRoom(), open_to_all, ClientTls(ca=other.ca))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_mtls_refuses_whoever_shows_no_certificate(
    authority: Authority, server_tls: ServerTls
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask_over_tls(EchoRoom(), server_tls, ClientTls(ca=authority.ca))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_mtls_refuses_a_certificate_of_another_authority(
    authority: Authority, server_tls: ServerTls, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Authority(tmp_path_factory.mktemp("other"))
    certificate, key = other.issue("text", "text")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask_over_tls(EchoRoom(), server_tls, ClientTls(authority.ca, certificate, key))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_service_is_known_by_its_certificates_dns_name(
    authority: Authority, server_tls: ServerTls
) -> None:
    certificate, key = authority.issue("client", "somewhere.example", "text")
    assert await told(server_tls, ClientTls(authority.ca, certificate, key)) == "text"


async def test_a_service_is_known_by_its_certificates_common_name(
    authority: Authority, server_tls: ServerTls
) -> None:
    certificate, key = authority.issue("client", "somewhere.example", common_name="voice")
    assert await told(server_tls, ClientTls(authority.ca, certificate, key)) == "voice"


async def test_a_token_goes_before_a_certificate(
    authority: Authority, server_tls: ServerTls
) -> None:
    certificate, key = authority.issue("client", "text")
    client = ClientTls(authority.ca, certificate, key)
    metadata = service_metadata(Secret("token-of-voice"))
    assert await told(server_tls, client, metadata) == "voice"


@pytest.mark.parametrize(
    ("name", "metadata"),
    [("stranger", ()), ("text", service_metadata(Secret("wrong")))],
)
async def test_a_strange_certificate_or_a_wrong_token_beside_a_good_one_is_refused(
    authority: Authority, server_tls: ServerTls, name: str, metadata: Metadata
) -> None:
    certificate, key = authority.issue("client", name)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await told(server_tls, ClientTls(authority.ca, certificate, key), metadata)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize(
    "credentials",
    [
        lambda certificate, key: ServerTls(certificate, key).credentials(),
        lambda certificate, key: ClientTls(None, certificate, key).credentials(),
    ],
)
def test_a_key_that_others_may_read_is_refused(
    authority: Authority, credentials: Callable[[Path, Path], object]
) -> None:
    certificate, key = authority.issue("server", "localhost")
    key.chmod(0o644)
    with pytest.raises(StartupError, match=f"chmod 600 {key}"):
        credentials(certificate, key)


def test_a_missing_file_is_named(authority: Authority, tmp_path: Path) -> None:
    _, key = authority.issue("server", "localhost")
    with pytest.raises(StartupError, match=r"nowhere\.pem"):
        ServerTls(tmp_path / "nowhere.pem", key).credentials()


def test_half_a_client_certificate_is_refused(authority: Authority) -> None:
    certificate, _ = authority.issue("client", "text")
    with pytest.raises(StartupError, match="together"):
        ClientTls(certificate=certificate).credentials()


async def test_files_that_are_no_pem_are_refused_at_start(
    server_tls: ServerTls, tmp_path: Path
) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate")
    with pytest.raises(StartupError, match="no valid PEM"):
        async with serving(EchoRoom(), tls=ServerTls(nonsense, server_tls.key)):
            pass
