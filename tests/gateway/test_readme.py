"""The README's own commands, run as they stand."""

import asyncio
import os
import re
import sys
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


async def test_the_python_of_the_readme_works_as_it_stands(
    gateway: Gateway, tmp_path: Path
) -> None:
    [program] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    for written, ours in {
        "http://127.0.0.1:8080": gateway.url,
        "llmtr-…": await gateway.new_key(),
    }.items():
        program = program.replace(written, ours)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        cwd=tmp_path,
        env=os.environ | {"no_proxy": "*"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors
    text, url, heard = output.decode().splitlines()
    assert int(text.split()[-1]) > 0
    assert url.startswith("http")
    assert heard == "Hello."


def test_the_readme_has_both_of_its_commands() -> None:
    assert len(SHELL) == 2
