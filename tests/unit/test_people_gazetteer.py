"""The gazetteer: one place, one name; nobody is stopped by a missing one (domain S16)."""

import pytest

from tests.factories import Town, second_street, small_town
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.people import gazetteer, rules
from workflows.people.rules import PlaceKind
from workflows.wiring import Workplace


@pytest.fixture
def town(workplace: Workplace) -> Town:
    return small_town(workplace)


def _add(
    town: Town, name: str, kind: str = PlaceKind.ROAD, login: str = "station1a", village: str | None = None
) -> str:
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        at = town.workplace.engine.clock()
        return gazetteer.add(session, town.actor(login), kind=kind, name=name, village_id=village, at=at).id


def _retire(town: Town, place_id: str, login: str = "admin") -> None:
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        gazetteer.retire(session, town.actor(login), place_id=place_id, at=town.workplace.engine.clock())


def _names(town: Town) -> list[str]:
    with town.workplace.reading(town.subdistrict_id) as session:
        return [value for value, _label in gazetteer.choices(session)]


def test_forms_propose_villages_then_groups_then_roads(town: Town) -> None:
    _add(town, "３２５ 省道")
    _add(town, "虎山村三组", PlaceKind.GROUP, "committee1", town.villages[1].id)
    _add(town, "虎山村二组", PlaceKind.GROUP, "committee1", town.villages[1].id)
    assert _names(town) == ["官庄村", "虎山村", "虎山村二组", "虎山村三组", "325 省道"]
    with town.workplace.reading(town.subdistrict_id) as session:
        assert town.workplace.engine.choices["people.places"](session)[-1] == ("325 省道", "325 省道")


def test_a_retired_place_is_proposed_no_longer_and_can_come_back(town: Town) -> None:
    place = _add(town, "虎山路")
    with pytest.raises(NotAllowed):
        _retire(town, place, "committee1")
    _retire(town, place)
    assert "虎山路" not in _names(town)
    with pytest.raises(Conflict):
        _retire(town, place)
    assert _add(town, "虎山路") == place
    assert "虎山路" in _names(town)


@pytest.mark.parametrize(
    ("kind", "name", "field"),
    [
        (PlaceKind.ROAD, "虎山路", "name"),  # there already
        (PlaceKind.ROAD, "  ", "name"),
        (PlaceKind.ROAD, "虎山村", "name"),  # a village is a unit
        (PlaceKind.ROAD, "长" * 41, "name"),
        (PlaceKind.GROUP, "三组", "village_id"),  # of which village?
        ("山", "虎山", "kind"),
    ],
)
def test_what_is_refused_says_where(town: Town, kind: str, name: str, field: str) -> None:
    _add(town, "虎山路")
    with pytest.raises(Invalid) as refusal:
        _add(town, name, kind)
    assert list(refusal.value.fields) == [field]


def test_a_group_lies_in_a_village_and_in_nothing_else(town: Town) -> None:
    with pytest.raises(Invalid, match="村（社区）"):
        _add(town, "三组", PlaceKind.GROUP, village=town.departments["城管办"])


@pytest.mark.parametrize("login", ["deputy01", "dept1", "village1", "office"])
def test_others_do_not_add_places(town: Town, login: str) -> None:
    with pytest.raises(NotAllowed, match=rules.STATION):
        _add(town, "虎山路", login=login)


def test_streets_do_not_see_each_others_places(workplace: Workplace, town: Town) -> None:
    place = _add(town, "虎山路")
    other = second_street(workplace)
    assert "虎山路" not in _names(other)
    _add(other, "虎山路", login="station@xq")
    with workplace.unit_of_work(other.subdistrict_id) as session, pytest.raises(NotFound):
        gazetteer.retire(session, other.clock_actor, place_id=place, at=workplace.engine.clock())
