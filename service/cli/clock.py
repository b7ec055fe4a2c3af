"""The machine's clock: whether it is trusted, and an operator's word that it is right."""

from collections.abc import Callable

import click

from workflows import clock_guard
from workflows.clock import BEIJING
from workflows.clock_guard import Trouble
from workflows.errors import Conflict
from workflows.wiring import Workplace

OpenWorkplace = Callable[[], Workplace]

SENTENCES = {
    Trouble.NONE: "服务器时间正常。",
    Trouble.JUMPED: "服务器时间曾突然拨快超过15分钟，请核对。时间正确的，运行 luji clock --confirm。",
    Trouble.WENT_BACK: "服务器时间变早了，提醒和计时已暂停。请校准时间；时间正确的，运行 luji clock --confirm。",
    Trouble.HELD: "服务器时间突然快了一天以上，提醒和计时已暂停。请校准时间；时间正确的，运行 luji clock --confirm。",
}


@click.command()
@click.option("--confirm", is_flag=True, help="the machine's time is right as it is now: go on")
@click.pass_obj
def clock(open_workplace: OpenWorkplace, confirm: bool) -> None:
    """Whether the machine's clock is trusted (with SQLite, whose clock it is); exit 1 when it is not."""
    workplace = open_workplace()
    now = workplace.engine.clock().astimezone(BEIJING)
    if not workplace.database.is_sqlite:
        raise Conflict("使用 PostgreSQL 时以数据库的时钟为准，不用确认。")
    if confirm:
        clock_guard.confirm(workplace.settings.home)
        click.echo(f"已确认：现在是 {now:%Y-%m-%d %H:%M}（北京时间），提醒和计时随即恢复。")
        return
    seen = clock_guard.read(workplace.settings.home)
    trouble = seen.trouble if seen is not None else Trouble.NONE
    click.echo(f"现在是 {now:%Y-%m-%d %H:%M}（北京时间）。{SENTENCES[trouble]}")
    if trouble is not Trouble.NONE:
        raise SystemExit(1)
