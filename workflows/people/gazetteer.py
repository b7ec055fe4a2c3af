"""The gazetteer: what places are called here, so that one place is not written in five ways (domain S16).

Villages and communities are units and need no second entry. A form proposes these names and takes any other too:
a clerk with a visitor at the desk must not be stopped by a missing name.
"""

import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.errors import Conflict, Invalid, NotFound
from workflows.people import queries, rules
from workflows.people.rules import PlaceKind, UnitKind
from workflows.people.tables import Place

NAME_LIMIT = 40  # characters
_COUNTED = str.maketrans("一二三四五六七八九", "123456789")  # 二组 comes before 三组


def places(session: Session, *, retired: bool = False) -> list[Place]:
    """Places in use (or retired ones) in the order of their kinds, then by name."""
    query = select(Place).where(Place.retired_on.is_not(None) if retired else Place.retired_on.is_(None))
    order = [kind.value for kind in PlaceKind]
    return sorted(session.scalars(query), key=lambda place: (order.index(place.kind), place.name.translate(_COUNTED)))


def choices(session: Session) -> list[tuple[str, str]]:
    """Names for forms: villages first, then the places in use."""
    villages = [unit.name for unit in queries.units(session, UnitKind.VILLAGE)]
    names = dict.fromkeys([*villages, *(place.name for place in places(session))])
    return [(name, name) for name in names]


def add(session: Session, actor: Actor, *, kind: str, name: str, at: datetime, village_id: str | None = None) -> Place:
    """Add a place; one that was retired comes back as it is described now.

    Args:
        name: as people say it, with its village where that is part of the name: 虎山村三组.
        village_id: where it lies; a village group lies in one.

    Raises:
        NotAllowed: neither station, committee nor process administrator.
        NotFound: no such village.
        Invalid: no name, an unknown kind, a group without a village, or a name that is there already.
    """
    rules.check_may_add_place(actor)
    plain = " ".join(unicodedata.normalize("NFKC", name).split())
    _check(session, kind, plain, village_id)
    place = session.scalar(select(Place).where(Place.name == plain))
    if place is None:
        place = Place(name=plain)
        session.add(place)
    elif place.retired_on is None:
        raise _refusal("name", "地名库里已有这个地名，不用再加。")
    place.kind, place.village_id, place.retired_on = kind, village_id or None, None
    place.added_by, place.added_on = actor.name, beijing_date(at)
    session.flush()
    audit.record(session, actor, "place.added", f"place:{place.id}", at=at, kind=kind, name=plain)
    return place


def retire(session: Session, actor: Actor, *, place_id: str, at: datetime) -> Place:
    """Propose a place no longer; records that name it stay as they are.

    Raises:
        NotAllowed: not the process administrator.
        NotFound: no such place.
        Conflict: it is retired already.
    """
    rules.check_may_retire_place(actor)
    place = session.scalar(select(Place).where(Place.id == place_id))
    if place is None:
        raise NotFound("没有这个地名，请刷新列表。")
    if place.retired_on is not None:
        raise Conflict("这个地名已经停用，请刷新列表。")
    place.retired_on = beijing_date(at)
    audit.record(session, actor, "place.retired", f"place:{place.id}", at=at, name=place.name)
    return place


def _check(session: Session, kind: str, name: str, village_id: str | None) -> None:
    if kind not in {known.value for known in PlaceKind}:
        raise _refusal("kind", "请选择地名类别。")
    if not name:
        raise _refusal("name", "请填写地名。")
    if len(name) > NAME_LIMIT:
        raise _refusal("name", "地名太长，请不超过 40 个字。")
    if village_id:
        if queries.unit(session, village_id).kind != UnitKind.VILLAGE:
            raise _refusal("village_id", "请选择一个村（社区）。")
    elif kind == PlaceKind.GROUP:
        raise _refusal("village_id", "村民小组要选择所在的村（社区）。")
    if name in {unit.name for unit in queries.units(session, UnitKind.VILLAGE)}:
        raise _refusal("name", "这是村（社区）的名称，已经可以选用，不用再加。")


def _refusal(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence})
