"""Help that lists commands by what they are for. Without panels: rich would cost more than the rest of the help."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

GROUPS = ("Every day", "Change", "Mailings", "Set up and repair", "Run")


class GroupedByUse(TyperGroup):
    """A group whose commands stand under the names of GROUPS."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """The commands of `--help`, a list a group."""
        for group in GROUPS:
            rows = [
                (name, command.get_short_help_str(limit=90))
                for name, command in self.commands.items()
                if getattr(command, "rich_help_panel", None) == group
            ]
            if rows:
                with formatter.section(group):
                    formatter.write_dl(rows)
