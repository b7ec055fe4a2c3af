"""What every template can use: addresses, the person, dates and deadlines as people say them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Flask

from service import context, flash, language, security
from service.assets import Assets
from service.language import translate as _
from service.navigation import Place
from workflows import calendar_watch, clock_guard
from workflows.actor import Actor
from workflows.clock import BEIJING, beijing_date
from workflows.notifications import queries as notifications
from workflows.people.rules import masked_phone

SOON_DAYS = 3


@dataclass(frozen=True)
class Deadline:
    """A due date as a chip: colour, shape and words say the same, so that no one of them is needed alone."""

    state: str  # ok, warn, bad, none
    shape: str
    text: str


def register(app: Flask, assets: Assets, places: Callable[[Actor | None], Iterable[Place]]) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=day,
        plain_day=plain_day,
        short_day=short_day,
        weekday=_weekday,
        moment=moment,
        beijing_day=_beijing_day,
        deadline=deadline,
        masked_phone=masked_phone,
    )
    app.jinja_env.globals.update(
        assets=assets,
        take_notice=flash.take,
        csrf_token=security.csrf_token,
        csrf_field=security.CSRF_FIELD,
        html_lang=language.html_lang,
        languages=language.LANGUAGES,
        has_page=context.has_page,
    )

    @app.context_processor
    def frame() -> dict[str, object]:
        visitor = context.the_asking().visitor
        return {
            "visitor": visitor,
            "places": list(places(visitor.actor if visitor else None)),
            "large_print": visitor.large_print if visitor else security.preference("large") == "1",
            "unread": _unread(visitor.actor) if visitor else 0,
            "clock_trouble": _clock_trouble(visitor.actor) if visitor else "",
            "calendar_gap": _calendar_gap(visitor.actor) if visitor else None,
        }


def _unread(actor: Actor) -> int:
    with context.the_workplace().reading(actor.subdistrict_id) as session:
        return notifications.count_unread(session, actor)


def _clock_trouble(actor: Actor) -> str:
    """What is wrong with the machine's clock, for those who can have it set right."""
    if not actor.roles & calendar_watch.WATCHERS:
        return ""
    seen = clock_guard.read(context.the_workplace().settings.home)
    return seen.trouble if seen is not None else ""


def _calendar_gap(actor: Actor) -> calendar_watch.Gap | None:
    """What those must know who can have next year's holidays imported."""
    if not actor.roles & calendar_watch.WATCHERS or actor.subdistrict_id is None:
        return None
    with context.the_workplace().reading(actor.subdistrict_id) as session:
        return calendar_watch.gap(session, context.today())


def day(value: date | None) -> str:
    """``2026年10月8日 周四``."""
    if value is None:
        return "—"
    return (
        _("%(year)d年%(month)d月%(day)d日", year=value.year, month=value.month, day=value.day) + " " + _weekday(value)
    )


def plain_day(value: date) -> str:
    """``2026年10月8日``, as a document writes it."""
    return _("%(year)d年%(month)d月%(day)d日", year=value.year, month=value.month, day=value.day)


def short_day(value: date | None) -> str:
    """``10月8日``."""
    return _("%(month)d月%(day)d日", month=value.month, day=value.day) if value else "—"


def moment(value: datetime | None) -> str:
    """Beijing time, ``2026-10-08 08:30``."""
    return value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") if value else "—"


def _beijing_day(value: datetime | None) -> date | None:
    return beijing_date(value) if value else None


def deadline(due_on: date | None, ended_on: date | None = None) -> Deadline:
    """How a due date stands today; with `ended_on`, how it was met."""
    if due_on is None:
        return Deadline("none", "○", _("无期限"))
    if ended_on is not None:
        return _ended(due_on, ended_on)
    left = (due_on - context.today()) // timedelta(days=1)
    if left < 0:
        return Deadline("bad", "▲", _("超期%(days)d天", days=-left))
    if left == 0:
        return Deadline("warn", "◆", _("今天到期"))
    if left <= SOON_DAYS:
        return Deadline("warn", "◆", _("还剩%(days)d天", days=left))
    return Deadline("ok", "●", _("还剩%(days)d天", days=left))


def _ended(due_on: date, ended_on: date) -> Deadline:
    if ended_on <= due_on:
        return Deadline("ok", "●", _("按期办结"))
    return Deadline("bad", "▲", _("超期%(days)d天办结", days=(ended_on - due_on) // timedelta(days=1)))


def _weekday(value: date) -> str:
    names = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    return names[value.weekday()]
