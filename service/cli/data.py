"""Data on the command line: the demo town, tokens, verification."""

import json
from collections.abc import Callable
from pathlib import Path

import click

from service import archive as yearly
from service import demo as demo_town
from service.app import create_app
from service.cli.console import operator
from workflows import verification
from workflows.errors import Conflict, NotFound
from workflows.people import actions as people
from workflows.people import queries as people_queries
from workflows.people import rules
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

OpenWorkplace = Callable[[], Workplace]


@click.command()
@click.pass_obj
def demo(open_workplace: OpenWorkplace) -> None:
    """Load the demo town into an empty installation (invented people, realistic figures)."""
    workplace = open_workplace()
    if not demo_town.may_load(workplace):
        raise Conflict("这里已经有街道的数据，演示街道只能装入空的系统。请换一个数据文件夹（LUJI_HOME）再试。")
    for line in demo_town.load(workplace):
        click.echo(line)


@click.command()
@click.argument("user")
@click.option("--name", default="命令行", show_default=True, help="what the token is for")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 365))
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(rules.SCOPES),
    default=(rules.SCOPE_READ, rules.SCOPE_WORK),
    show_default=True,
    help="what it may do; may be given several times",
)
@click.pass_obj
def token(open_workplace: OpenWorkplace, user: str, name: str, days: int, scopes: tuple[str, ...]) -> None:
    """Make an API token for a user (by login) and print it once."""
    workplace = open_workplace()
    with workplace.unit_of_work(EVERYWHERE) as session:
        account = people_queries.user_by_login(session, user)
        click.echo(
            people.issue_token(
                session,
                operator(account.subdistrict_id),
                user_id=account.id,
                name=name,
                scopes=scopes,
                days=days,
                at=workplace.engine.clock(),
            )
        )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="one JSON object per breach")
@click.pass_obj
def verify(open_workplace: OpenWorkplace, as_json: bool) -> None:
    """Check every invariant of the stored data; exit 1 and name each breach when one does not hold."""
    workplace = open_workplace()
    with workplace.reading(EVERYWHERE) as session:
        breaches = verification.breaches(workplace.engine, session)
    for breach in breaches:
        if as_json:
            click.echo(
                json.dumps(
                    {"invariant": breach.invariant, "object": breach.object_key, "reason": breach.reason},
                    ensure_ascii=False,
                )
            )
        else:
            click.echo(f"{breach.invariant}  {breach.object_key}  {breach.reason}")
    if not breaches:
        click.echo('{"ok": true}' if as_json else "全部核对无误。")
    else:
        raise SystemExit(1)


@click.command()
@click.argument("street")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def archive(open_workplace: OpenWorkplace, street: str, year: int, target: Path) -> None:
    """Write the archive package of a year of a sub-district (by code): sealed documents, papers, catalogue, hashes."""
    workplace = open_workplace()
    with workplace.reading(EVERYWHERE) as session:
        found = people_queries.subdistrict_by_code(session, street)
    if found is None:
        raise NotFound("没有代码为{code}的街道。", code=street)
    with workplace.reading(found.id) as session:
        written = sum(1 for _ in yearly.Archive(create_app(workplace), session, found, year).write(target))
    click.echo(f"{target}：{written} 件，已附目录和校验码。")


@click.command("archive-check")
@click.argument("package", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def archive_check(package: Path) -> None:
    """Check an archive package against its hashes; exit 1 and name each file that does not fit."""
    wrong = yearly.check(package)
    for line in wrong:
        click.echo(line)
    if wrong:
        raise SystemExit(1)
    click.echo("归档包完整，没有改动。")
