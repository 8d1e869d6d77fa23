"""Where servers may listen, and when only with TLS."""

from pathlib import Path

import pytest

from grokgate.chassis.addresses import host_and_port, refuse_plaintext, unix_path
from grokgate.chassis.errors import StartupError


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("localhost:5001", ("localhost", 5001)),
        ("10.0.0.7:0", ("10.0.0.7", 0)),
        ("[::1]:443", ("::1", 443)),
    ],
)
def test_an_address_is_a_host_and_a_port(address: str, parts: tuple[str, int]) -> None:
    assert host_and_port(address) == parts


@pytest.mark.parametrize("address", ["", "localhost", ":5001", "localhost:", "localhost:http"])
def test_what_is_no_address_is_refused_with_the_two_forms(address: str) -> None:
    with pytest.raises(StartupError, match="host:port or unix:/path"):
        host_and_port(address)


def test_a_unix_address_is_a_path() -> None:
    assert unix_path("unix:/run/text.sock") == Path("/run/text.sock")
    assert unix_path("localhost:5001") is None


def test_a_path_longer_than_the_kernel_takes_is_refused() -> None:
    assert unix_path("unix:/" + "x" * 106) is not None
    for path in ("/" + "x" * 107, "/" + "\N{LATIN SMALL LETTER E WITH ACUTE}" * 54):
        with pytest.raises(StartupError, match="at most 107 bytes"):
            unix_path(f"unix:{path}")


def is_refused(address: str) -> bool:
    try:
        refuse_plaintext(address)
    except StartupError as exc:
        return "plain text" in str(exc)
    return False


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "unix:/run/text.sock"]
)
def test_plaintext_is_allowed_where_no_other_machine_listens(address: str) -> None:
    assert not is_refused(address)


@pytest.mark.parametrize(
    "address", ["0.0.0.0:1", "[::]:1", "10.0.0.7:1", "billing:1", "localhost.evil.example:1"]
)
def test_plaintext_is_refused_where_another_machine_may_listen(address: str) -> None:
    assert is_refused(address)
