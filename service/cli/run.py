"""Bring the house up: migrate, load what is missing, serve."""

from collections.abc import Callable

import click

from service import demo, supervisor
from workflows import schema, setup
from workflows.wiring import Workplace

OpenWorkplace = Callable[[], Workplace]


@click.command()
@click.pass_obj
def migrate(open_workplace: OpenWorkplace) -> None:
    """Bring the database to this version's schema, and seed the calendar and the shipped processes."""
    workplace = open_workplace()
    prepare(workplace)
    click.echo("数据库结构已是最新。")


@click.command()
@click.option("--no-demo", is_flag=True, help="do not load the demo town into an empty installation")
@click.pass_obj
def up(open_workplace: OpenWorkplace, no_demo: bool) -> None:
    """Migrate, load the demo town on first start, then serve web and worker until stopped."""
    workplace = open_workplace()
    settings = workplace.settings
    with supervisor.only_one(settings.home):
        supervisor.must_be_free(settings)
        prepare(workplace)
        if not no_demo and demo.may_load(workplace):
            click.echo("首次启动，正在装入演示街道（约一两分钟）……")
            for line in demo.load(workplace):
                click.echo(f"  {line}")
        click.echo(f"陆级已启动：{settings.public_url}")
        for login, who in demo.accounts(workplace):
            click.echo(f"  {login:<12} {who}")
        if demo.password(workplace):
            click.echo(f"  演示账号的密码都是：{demo.password(workplace)}")
        click.echo("按 Ctrl+C 停止。")
        workplace.database.dispose()
        supervisor.supervise(settings)


def prepare(workplace: Workplace) -> None:
    """Schema, calendar and shipped processes; safe to repeat."""
    schema.migrate(workplace.database)
    setup.seed(workplace)
