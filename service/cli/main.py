"""The command line `luji`."""

import sys

import click

from service.cli import calendar, check, data, definitions, run
from workflows import wiring
from workflows.errors import WorkError
from workflows.settings import BadSettings, from_environment


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """陆级: the case system of a sub-district's people's-congress working committee."""
    if context.obj is None:
        context.obj = open_workplace


def open_workplace() -> wiring.Workplace:
    """The workplace of this environment's settings; opened only by commands that need one."""
    return wiring.build(from_environment())


for command in (
    run.up,
    run.migrate,
    data.demo,
    data.token,
    data.verify,
    calendar.due,
    calendar.calendar,
    check.check,
    definitions.publish,
    definitions.export_package,
    definitions.import_package,
):
    cli.add_command(command)


def main() -> None:
    """Entry point: a refusal is one sentence on standard error, never a traceback."""
    try:
        cli(standalone_mode=True)
    except (WorkError, BadSettings) as refusal:
        click.echo(str(refusal), err=True)
        for where, why in getattr(refusal, "fields", {}).items():
            click.echo(f"  {where}: {why}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
