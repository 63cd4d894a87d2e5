"""A command that is loaded when it runs: a list of commands, a shell's completion and `flask steppay` load none."""

from importlib import import_module
from typing import Any

import click


class CommandFile(click.Command):
    """Stands in a group for the command of this name, which `widget_server/cli/` has in a file of the same name.

    click asks a command for its context before anything else: to run it, for its help, and to complete its options.
    """

    def __init__(self, name: str, line: str) -> None:
        super().__init__(name, short_help=line)

    def load(self) -> click.Command:
        name = str(self.name).replace("-", "_")
        command: click.Command = getattr(import_module(f"widget_server.cli.{name}"), name)
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        return self.load().make_context(info_name, args, parent, **extra)
