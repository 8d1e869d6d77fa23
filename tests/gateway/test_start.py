"""Starting and stopping as an operator does it: one clear line when it must not run."""

import asyncio
import os
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.gateway import free_port, until


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, since Unix sockets live in it."""
    with tempfile.TemporaryDirectory(prefix="gg-") as name:
        yield Path(name)


async def launch(folder: Path, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "grokgate.launch", *arguments),
        cwd=folder,
        env=os.environ | {"GROKGATE_PORT": "0", **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def refusal(folder: Path, *arguments: str, **settings: str) -> str:
    process = await launch(folder, *arguments, **settings)
    async with asyncio.timeout(30):
        output, errors = await process.communicate()
    assert process.returncode == 1, errors
    assert output == b""
    lines = errors.decode().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@asynccontextmanager
async def running(folder: Path, **settings: str) -> AsyncIterator[str]:
    """What a gateway prints until it says how to stop it."""
    process = await launch(folder, "serve", "all", "--demo", **settings)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            printed = (await process.stdout.readuntil(b"Ctrl-C.")).decode()
        yield printed
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()
        assert process.returncode == 0, errors


def demo(folder: Path) -> dict[str, str]:
    lines = (folder / "var" / "demo.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


async def test_the_first_start_opens_a_demo_account_and_the_second_reuses_it(
    folder: Path,
) -> None:
    async with running(folder) as printed:
        first = demo(folder)
        key = first["GROKGATE_API_KEY"]
        assert first["GROKGATE_URL"] in printed
        assert f"Authorization: Bearer {key}" in printed
        assert "sandbox" in printed
        async with httpx.AsyncClient(trust_env=False) as client:
            balance = await client.get(
                f"{first['GROKGATE_URL']}/v1/balance", headers={"authorization": f"Bearer {key}"}
            )
        assert balance.json()["posted_usd"] == "10.00"
    async with running(folder) as printed:
        assert key not in printed
        assert demo(folder)["GROKGATE_API_KEY"] == key


async def test_an_upstream_with_a_key_is_no_sandbox_wherever_it_is(folder: Path) -> None:
    upstream = "http://127.0.0.1:9/v1"
    async with running(folder, XAI_API_KEY="xai-x", GROKGATE_XAI_BASE_URL=upstream) as printed:
        assert f"Upstream: {upstream}\n" in printed
        assert "sandbox" not in printed
        assert "XAI_API_KEY" not in printed


async def test_everything_in_the_state_folder_is_private(folder: Path) -> None:
    async with running(folder):
        paths = [folder / "var", *(folder / "var").rglob("*")]
        assert len(paths) > 8
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in paths}
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


async def test_a_second_gateway_on_one_ledger_is_refused(folder: Path) -> None:
    async with running(folder):
        line = await refusal(folder, "serve", "all")
    assert "ledger.sqlite3" in line
    assert "Stop it first" in line


@pytest.mark.parametrize("name", ["admin.token", "text.token", "peppers/1"])
@pytest.mark.parametrize(("mode", "complaint"), [(0o600, "is empty"), (0o644, "chmod 600")])
async def test_an_unsafe_secret_file_is_refused(
    folder: Path, name: str, mode: int, complaint: str
) -> None:
    path = folder / "var" / "secrets" / name
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_text("" if mode == 0o600 else "x" * 43)
    path.chmod(mode)
    line = await refusal(folder, "serve", "all")
    assert complaint in line
    assert name in line


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"GROKGATE_PORT": "http"}, "GROKGATE_PORT"),
        ({"GROKGATE_HOLD_EXPIRY_S": "1"}, "GROKGATE_HOLD_EXPIRY_S"),
        ({"GROKGATE_XAI_BASE_URL": "http://api.x.ai/v1"}, "GROKGATE_XAI_BASE_URL"),
        ({"GROKGATE_TLS_KEY": "key.pem"}, "tls_certificate"),
        ({"GROKGATE_CATALOG": "missing.toml"}, "missing.toml"),
        ({"GROKGATE_GRPC_ADDRESS": "0.0.0.0:7000"}, "allow plaintext"),
        ({"GROKGATE_STATE_DIR": "/proc/nowhere"}, "/proc/nowhere"),
        ({"GROKGATE_HOST": "256.0.0.1"}, "256.0.0.1"),
    ],
)
async def test_a_setting_that_must_not_run_is_named(
    folder: Path, settings: dict[str, str], complaint: str
) -> None:
    assert complaint in await refusal(folder, "serve", "all", **settings)


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("grokgate.toml", b"port = ", "Invalid value"),
        ("grokgate.toml", b"prot = 1", "no setting `prot`"),
        (".env", b"A=\xff", "utf-8"),
    ],
)
async def test_a_settings_file_that_cannot_be_meant_is_named(
    folder: Path, file: str, text: bytes, complaint: str
) -> None:
    (folder / file).write_bytes(text)
    line = await refusal(folder, "serve", "all")
    assert file in line
    assert complaint in line


async def test_a_split_gateway_takes_no_modules_from_the_working_folder(folder: Path) -> None:
    (folder / "msgspec.py").write_text("raise SystemExit('not the library')")
    grokgate = Path(sys.executable).with_name("grokgate")
    process = await asyncio.create_subprocess_exec(
        *(grokgate, "serve", "split"),
        cwd=folder,
        env=os.environ | {"GROKGATE_PORT": str(free_port())},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        await process.stdout.readuntil(b"Ctrl-C.")
    process.terminate()
    assert await process.wait() == 0


async def test_a_model_without_a_price_stops_the_start(folder: Path) -> None:
    (folder / "mine.toml").write_text(
        '[models."xai/new"]\nupstream_model = "new"\nowned_by = "xai"\ncreated = 1\n'
        'version = "1"\nfingerprint = "f"\ninput_modalities = ["text"]\n'
        'output_modalities = ["text"]\nendpoints = ["responses"]\n'
    )
    line = await refusal(folder, "serve", "all", GROKGATE_CATALOG="mine.toml")
    assert "xai/new has no price" in line


async def test_a_paid_service_alone_needs_a_key_and_its_token(folder: Path) -> None:
    assert "XAI_API_KEY" in await refusal(folder, "serve", "text")
    line = await refusal(folder, "serve", "text", XAI_API_KEY="xai-x")
    assert "text.token is missing" in line


async def test_the_ledger_is_verified_from_the_command_line(folder: Path) -> None:
    async with running(folder):
        process = await launch(folder, "ledger", "verify")
        output, _ = await process.communicate()
    assert process.returncode == 0
    assert b"The ledger is sound." in output


async def test_verifying_without_a_gateway_says_so(folder: Path) -> None:
    async with running(folder):
        pass
    assert "was not verified" in await refusal(folder, "ledger", "verify")


async def test_the_catalogue_is_read_again_on_sighup(folder: Path) -> None:
    overlay = folder / "mine.toml"
    overlay.write_text("")
    process = await launch(
        folder, "serve", "all", "--demo", GROKGATE_CATALOG="mine.toml", GROKGATE_LOG_LEVEL="INFO"
    )
    assert process.stdout is not None
    assert process.stderr is not None
    await process.stdout.readuntil(b"Ctrl-C.")
    values = demo(folder)

    async def charged() -> int:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(
                f"{values['GROKGATE_URL']}/v1/responses",
                json={"model": "grok-4.3", "input": "Hello"},
                headers={"authorization": f"Bearer {values['GROKGATE_API_KEY']}"},
            )
        ticks: int = answer.json()["usage"]["cost_in_usd_ticks"]
        return ticks

    before = await charged()
    overlay.write_text('[models."xai/grok-4.3"]\nmultiplier_ppm = 2_000_000\n')
    process.send_signal(signal.SIGHUP)

    async def doubled() -> bool:
        return await charged() == 2 * before

    await until(doubled)
    overlay.write_text('[models."xai/grok-4.3"]\nmultiplier_ppm = -1\n')
    process.send_signal(signal.SIGHUP)
    await process.stderr.readuntil(b"was not reloaded")
    assert await charged() == 2 * before
    process.terminate()
    await process.communicate()
    assert process.returncode == 0
