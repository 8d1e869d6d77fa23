"""An operator's terminal, and a gateway in another process to use it on."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from grokgate.launch.cli import main

_UPSTREAM = re.compile(r"Upstream: (?:the sandbox on )?([^\s,]+)")


@dataclass(frozen=True)
class Printed:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Terminal:
    """Runs commands in this process, with settings in the environment."""

    def __init__(self, state_dir: Path, **settings: str) -> None:
        self.state_dir = state_dir
        self.environment = {"GROKGATE_STATE_DIR": str(state_dir), **settings}

    def run(self, *arguments: str) -> Printed:
        out, err = io.StringIO(), io.StringIO()
        code: object = 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", ["grokgate", *arguments])
            for name, value in self.environment.items():
                patch.setenv(name, value)
            try:
                main()
            except SystemExit as exc:
                code = exc.code or 0
        assert isinstance(code, int)
        return Printed(code, out.getvalue(), err.getvalue())

    def text(self, *arguments: str) -> str:
        """What a command that succeeds prints."""
        printed = self.run(*arguments)
        assert printed.code == 0, printed
        return printed.out

    def json(self, *arguments: str) -> Any:
        return json.loads(self.text(*arguments, "--json"))

    def refused(self, *arguments: str) -> str:
        """The one line of a command that fails."""
        printed = self.run(*arguments)
        assert (printed.code, printed.out) == (1, "")
        [line] = printed.err.splitlines()
        return line

    def misused(self, *arguments: str) -> str:
        """What a command says of arguments that it does not take."""
        printed = self.run(*arguments)
        assert (printed.code, printed.out) == (2, "")
        return printed.err


class Running(Terminal):
    """The terminal beside a running gateway."""

    def __init__(self, state_dir: Path, process: subprocess.Popen[str], printed: str) -> None:
        super().__init__(state_dir)
        self.process = process
        found = _UPSTREAM.search(printed)
        assert found
        self.upstream = found[1]
        lines = (state_dir / "demo.env").read_text().splitlines()
        values = dict(line.split("=", 1) for line in lines)
        self.url, self.demo_key = values["GROKGATE_URL"], values["GROKGATE_API_KEY"]

    def ask(self, api_key: str, **fields: Any) -> httpx.Response:
        """POST /v1/responses."""
        body: dict[str, Any] = {"model": "xai/grok-4.3", "input": "Hello", **fields}
        headers = {"authorization": f"Bearer {api_key}"}
        with httpx.Client(trust_env=False, timeout=60) as client:
            return client.post(f"{self.url}/v1/responses", json=body, headers=headers)

    def customer(self, account: str, usd: str = "10") -> str:
        """The secret of a new key of a new account."""
        self.text("account", "open", account)
        self.text("credit", "add", account, "--id", f"{account}-1", "--usd", usd)
        secret: str = self.json("key", "issue", account)["secret"]
        return secret


@contextmanager
def running(state_dir: Path, what: str = "all", **settings: str) -> Iterator[Running]:
    """A gateway with a demo account, until the block ends."""
    environment = {"GROKGATE_STATE_DIR": str(state_dir), "GROKGATE_PORT": "0", **settings}
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "grokgate.launch", "serve", what, "--demo"],
        env=os.environ | environment,
        cwd=state_dir.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        printed = ""
        while "Ctrl-C" not in printed:
            line = process.stdout.readline()
            assert line, f"the gateway did not start: {printed}"
            printed += line
        yield Running(state_dir, process, printed)
    finally:
        process.terminate()
        process.communicate()
