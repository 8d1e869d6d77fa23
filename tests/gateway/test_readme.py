"""The README's own commands, run as they stand."""

import asyncio
import os
import re
from pathlib import Path

import msgspec
import pytest

from tests.support.gateway import Gateway

README = (Path(__file__).parents[2] / "README.md").read_text()
SHELL = [block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "curl" in block]


@pytest.mark.parametrize("block", SHELL, ids=range(len(SHELL)))
async def test_a_command_of_the_readme_works_as_it_stands(gateway: Gateway, block: str) -> None:
    folder = gateway.state_dir / "readme"
    (folder / "var").mkdir(parents=True, exist_ok=True)
    values = f"GROKGATE_URL={gateway.url}\nGROKGATE_API_KEY={await gateway.new_key()}\n"
    (folder / "var" / "demo.env").write_text(values)
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euc", f". var/demo.env\n{block}"),
        cwd=folder,
        env=os.environ | {"no_proxy": "*"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors
    assert msgspec.json.decode(output)["object"] in {"response", "balance"}


def test_the_readme_has_both_of_its_commands() -> None:
    assert len(SHELL) == 2
