"""What a starting gateway tells the person at the terminal."""

from typing import Final

import typer

from grokgate.launch.demo import Demo
from grokgate.launch.serving import Whole

_CURL: Final = """\
  curl "{url}/v1/responses" \\
    -H "Authorization: Bearer {key}" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "xai/grok-4.3", "input": "Simplify a TypeScript service function."}}'
"""


def banner(whole: Whole, demo: Demo | None) -> None:
    """Where the gateway is, what it asks, and how to call it."""
    typer.echo(f"\ngrokgate is ready on {whole.url}")
    if whole.sandboxed:
        typer.echo(
            f"Upstream: the sandbox on {whole.upstream}, a stand-in for xAI. "
            "Set XAI_API_KEY to ask Grok itself."
        )
    else:
        typer.echo(f"Upstream: {whole.upstream}")
    if demo is not None:
        _introduce(whole.url, demo)
    typer.echo("Stop with Ctrl-C.\n")


def part_banner(service: str, address: str) -> None:
    """Where one service listens."""
    typer.echo(f"grokgate {service} is ready on {address}")


def _introduce(url: str, demo: Demo) -> None:
    if not demo.fresh:
        typer.echo(f"The demo key is in {demo.path}.\n")
        return
    typer.echo(f"A demo account with $10.00 was opened. Its key, shown once, is in {demo.path}:\n")
    typer.echo(f"  {demo.api_key.reveal()}\n\nTry it:\n")
    typer.echo(_CURL.format(url=url, key=demo.api_key.reveal()))
