"""The command line `luji`."""

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from service.cli import calendar, check, clock, data, definitions, run
from workflows import wiring
from workflows.errors import Invalid, WorkError
from workflows.settings import BadSettings, from_environment


class Refused(click.ClickException):
    """A refusal: one sentence on standard error and what it says of each part, never a traceback; exit code 1."""

    def __init__(self, refusal: Exception) -> None:
        fields = refusal.fields if isinstance(refusal, Invalid) else {}
        super().__init__("\n".join([str(refusal), *(f"  {where}: {why}" for where, why in fields.items())]))

    def show(self, file: object = None) -> None:
        click.echo(self.message, err=True)


class Commands(click.Group):
    """Commands whose refusals a person can read."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (WorkError, BadSettings) as refusal:
            raise Refused(refusal) from refusal
        except (OperationalError, ProgrammingError) as error:
            raise Refused(Invalid("数据库打不开，或者还没有准备好。请检查设置，再运行 luji migrate。")) from error
        except BrokenPipeError:  # whoever read our lines has seen enough: click ends quietly
            raise
        except OSError as error:
            raise Refused(_file_trouble(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """陆级: the case system of a sub-district's people's-congress working committee."""
    if context.obj is None:
        context.obj = open_workplace


def open_workplace() -> wiring.Workplace:
    """The workplace of this environment's settings; opened only by commands that need one."""
    return wiring.build(from_environment())


def _file_trouble(error: OSError) -> Invalid:
    where = error.filename or "文件"
    return Invalid("{where} 不能读写（{why}），请检查路径和权限。", where=where, why=error.strerror or error)


for command in (
    run.up,
    run.migrate,
    data.demo,
    data.token,
    data.verify,
    data.archive,
    data.archive_check,
    calendar.due,
    calendar.calendar,
    check.check,
    clock.clock,
    definitions.publish,
    definitions.export_package,
    definitions.import_package,
):
    cli.add_command(command)


def main() -> None:
    """Entry point of the `luji` script."""
    cli()


if __name__ == "__main__":
    main()
