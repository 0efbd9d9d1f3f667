"""The command group; commands are imported only when they are used."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from synthctx.errors import SynthctxError

# command -> (module, what it does); the summary stands here so that --help imports nothing
COMMANDS = {
    "demo": ("run", "The whole path on a small suite, offline; ends with where the report lies."),
    "generate": ("run", "Generate a bench from a suite file or from flags."),
    "materialise": ("run", "Write a bench of recipes with its texts, or the other way round."),
    "verify": ("run", "Re-derive lengths, depths and answers of a bench."),
    "answer": ("run", "Have a model answer a bench."),
    "watch": ("watch", "See what a running answer has done so far."),
    "probe": ("serve", "Find out what a model's server really takes."),
    "score": ("run", "Score the outputs of a bench."),
    "query": ("analyse", "Ask a bench in SQL."),
    "stats": ("statistics", "What a bench says of each model, and how surely."),
    "overall": ("overall", "The figures that papers print as one number over several tests."),
    "plan": ("statistics", "How many samples a suite needs, and what they cost."),
    "report": ("analyse", "Write the results as one HTML page."),
    "show": ("look", "Show one sample: exactly what a model is sent."),
    "grade": ("grade", "Grade recorded outputs of any tool, or one answer."),
    "export": ("serve", "Write a bench's requests for batch services, or as JSON lines."),
    "import": ("serve", "Store what a batch service has answered."),
    "baseline": ("baseline", "What classifiers learn from a test's demonstrations."),
    "tasks": ("lists", "List the tests."),
    "rules": ("lists", "List the scoring rules."),
    "models": ("lists", "List who can answer."),
    "tokenizers": ("lists", "List what a length can be measured in."),
    "suites": ("lists", "List the suites that come with synthctx."),
    "schema": ("lists", "Print the JSON Schema of a suite file."),
}


class Group(click.Group):
    """Loads a command's module when the command is used, and suggests near names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"synthctx.cli.{COMMANDS[cmd_name][0]}")
        # "import" is a word of the language: its function has another name
        found = getattr(module, {"import": "take"}.get(cmd_name, cmd_name))
        if not isinstance(found, click.Command):
            raise TypeError(f"synthctx.cli.{COMMANDS[cmd_name][0]}.{cmd_name} is no command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a command; an unknown one gets a suggestion."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from synthctx.errors import unknown

            raise unknown("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"synthctx {version('synthctx')}")
        ctx.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    callback=_version,
    expose_value=False,
    is_eager=True,
    help="Print the version.",
)
def cli() -> None:
    """Long-context tests for language models: generate, answer, score, query, look."""


def main(argv: list[str] | None = None) -> None:
    """Run the command line; exit codes: 0 done, 1 a check failed, 2 wrong use, 3 partly done."""
    sys.exit(run(argv))


def run(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        result: Any = cli.main(args=argv, prog_name="synthctx", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except SynthctxError as error:
        click.echo(f"synthctx: {error}", err=True)
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("synthctx: stopped; the same command goes on", err=True)
        return 3
    except BrokenPipeError:
        # the reader of our output has gone; keep the interpreter from complaining at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
