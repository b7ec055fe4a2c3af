"""What the desk tells about a visit before it is entered is what the diagram then does."""

from datetime import date
from typing import Any

import pytest

from tests.factories import small_town
from tests.process.casework import FOLDER, Desk
from workflows.cases import forecast, record
from workflows.cases.delegates import PROCESS
from workflows.cases.forecast import Forecast
from workflows.cases.rules import Status
from workflows.clock import MovableClock, beijing_date
from workflows.engine import packages
from workflows.engine.packages import Package
from workflows.errors import Invalid, NotFound
from workflows.wiring import Workplace

CLASSES = ("咨询", "求助", "投诉反映", "建议", "紧急安全", "诉讼仲裁", "信访事项", "私人事务", "检举控告")
THURSDAY = date(2026, 9, 24)


@pytest.fixture
def desk(workplace: Workplace, clock: MovableClock) -> Desk:
    clock.set_beijing(THURSDAY)
    return Desk(small_town(workplace), clock)


def _told(desk: Desk, **answer: Any) -> Forecast:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        return forecast.of_visit(desk.workplace.engine, session, PROCESS, answer, beijing_date(desk.clock()))


@pytest.mark.parametrize("anonymous", [False, True])
@pytest.mark.parametrize("matter_class", CLASSES)
def test_what_is_told_is_what_happens(desk: Desk, matter_class: str, anonymous: bool) -> None:
    desk.publish()
    answer = {"matter_class": matter_class, "outcome": "待办理", "anonymous": anonymous}
    told = _told(desk, **answer)
    declined = told.way == "不予受理"
    guided = {"outcome": "不予受理", "guidance": told.guidance} if declined else {}
    named = {"name": "", "phone": ""} if anonymous else {}
    case = desk.case(desk.register(**{**answer, **guided, **named}))
    assert case.respond_by == (told.due.due if told.due else None)
    assert (case.status == Status.DECLINED) is declined is bool(told.guidance)


def test_the_day_of_the_visit_counts_not_that_of_entering_it(desk: Desk) -> None:
    desk.publish()
    told = _told(desk, matter_class="求助", outcome="待办理", received_on="2026-09-21")
    assert told.due is not None
    assert told.due.start == date(2026, 9, 21)
    assert _told(desk, matter_class="求助", outcome="待办理", received_on="2027-09-21").due is None  # not yet


def test_nothing_is_told_before_the_class_is_known(desk: Desk) -> None:
    desk.publish()
    assert _told(desk, outcome="待办理", matter_class="") == Forecast()


def test_a_package_without_the_table_proposes_nothing(desk: Desk) -> None:
    whole = packages.read_folder(FOLDER)
    files = {path: content for path, content in whole.files.items() if path != "decisions/guidance.dmn"}
    desk.publish(Package(whole.key, whole.name, whole.description, files))
    told = _told(desk, matter_class="诉讼仲裁", outcome="待办理")
    assert (told.way, told.guidance) == ("不予受理", "")


def test_a_visit_is_related_only_to_what_its_clerk_may_see(desk: Desk) -> None:
    desk.publish()
    mine, again, theirs = desk.register(), desk.register(), desk.register("station2")

    def relate(about: str) -> None:
        with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
            clerk = desk.town.actor("station1a")
            record.link(session, clerk, case_id=again, other_id=about, reason="同一件事", at=desk.clock())

    with pytest.raises(NotFound):
        relate(theirs)
    with pytest.raises(Invalid):
        relate(again)
    relate(mine)
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        for one, other in ((mine, again), (again, mine)):
            case = desk.case(one)
            found = record.linked(session, desk.town.actor("committee1"), case)
            assert [(each.case.id, each.reason) for each in found] == [(other, "同一件事")]
            assert record.linked(session, desk.town.actor("station2"), case) == []
