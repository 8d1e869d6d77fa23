"""Groups of commands, whose help can be read to its end."""

from typing import Any

import typer
from typer.core import TyperGroup

# More than any sentence has: Typer would cut a command's at the width of the terminal.
_UNCUT_CHARACTERS = 1000


class Group(TyperGroup):
    """Lists each command with its first sentence, over as many lines as that takes."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list into the formatter, which breaks the lines."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None:
                rows.append((name, command.get_short_help_str(_UNCUT_CHARACTERS)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def new_group(help_text: str) -> typer.Typer:
    """A group that shows its help when no command is named."""
    return typer.Typer(
        cls=Group,
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )
