"""The command tree. A group's module is imported when the group is used, not before: help and completion stay quick."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from steward_app.cli import outcome
from steward_app.cli.passphrase_told import telling_of_a_passphrase


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table of commands.

    Attributes:
        name: what is typed: `steward <name>`.
        area: See, Guard, Comply, Change or Prove: the heading in the help.
        help: one sentence, the same as the module's own.
        module: where its `app` stands.
    """

    name: str
    area: str
    help: str
    module: str


def group(help: str) -> typer.Typer:  # noqa: A002  typer's own word
    """The `app` of a capability with verbs; stays a group when it has only one."""
    app = Commands(cls=Group, help=help, add_completion=False)
    app.callback(help=help)(_nothing)
    return app


def single() -> typer.Typer:
    """The `app` of a command without verbs, such as `steward tour`."""
    return Commands(add_completion=False)


class Commands(typer.Typer):
    """Typer, whose commands are ours unless another class is asked for."""

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = None, **settings: Any
    ) -> Any:
        return super().command(name, cls=cls or Command, **settings)


class Command(TyperCommand):
    """A command whose help is for people who do not write programs."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _without_types(super().get_params(ctx))


class Group(TyperGroup):
    """A group that shows its help when nothing else is asked of it."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _without_types(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            args = ["--help"]
        return super().parse_args(ctx, args)


class Root(Group):
    """`steward` itself: knows its groups by name and help, and maps every outcome to an exit code."""

    entries: tuple[Entry, ...] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for entry in self.entries:
            self.add_command(
                TyperCommand(entry.name, help=entry.help, rich_help_panel=entry.area, add_help_option=False)
            )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Called when a command is about to run, to show its help, or to be completed: now it is imported."""
        for entry in self.entries:
            if entry.name == args[0]:
                self.add_command(load(entry))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            with telling_of_a_passphrase():
                result = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            raise typer.Abort from None  # which is told apart from an exit code 130 of the command itself
        except BrokenPipeError:
            outcome.abandon_output()  # whoever read it has seen enough
            raise typer.Exit(outcome.ExitCode.NOBODY_READS) from None
        return result

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        words = sys.argv[1:] if args is None else list(args)
        inner = super().main

        def run() -> object:
            return inner(
                args,
                prog_name or "steward",
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )

        code = outcome.of(run, words)
        if standalone_mode:
            sys.exit(code)
        return code


def load(entry: Entry) -> TyperCommand | TyperGroup:
    """Import a command of the table."""
    command = typer.main.get_command(importlib.import_module(entry.module).app)
    if not isinstance(command, TyperCommand | TyperGroup):
        raise TypeError(f"{entry.module}.app makes no command")
    command.name = entry.name
    command.rich_help_panel = entry.area
    return command


def _without_types(params: list[Any]) -> list[Any]:
    """Beside a name the help says what is meant ("FILE"), and not the Python type of it ("<list[str]>")."""
    for param in params:
        bare = isinstance(param, TyperArgument) or getattr(param, "is_flag", False)
        word = "" if bare else param.metavar or ("N" if param.type_descriptor.annotation is int else "TEXT")
        param.display_type_rich = lambda ctx, word=word: word
    return params


def _nothing() -> None:
    """A group needs a callback to stay a group when it has one verb."""
