"""The search on PostgreSQL finds what it finds on SQLite: capital letters, wildcards, pairs, pages, proposals."""

from datetime import date

import pytest

from tests.factories import small_town
from tests.process.casework import Desk
from workflows.cases import matching, search
from workflows.clock import MovableClock
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

pytestmark = pytest.mark.postgres


def test_words_are_found_in_every_text_and_page_by_page(postgres_workplace: Workplace, clock: MovableClock) -> None:
    desk = Desk(small_town(postgres_workplace), clock)
    desk.publish()
    lamp = desk.register(
        title="LED路灯不亮", place="桥头", description="晚上看不见。", name="陈大爷", phone="199-0000 0001"
    )
    water = desk.register(title="桥头积水", place="官庄村", description="路灯杆也泡着，100%淹了。", phone="")
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        actor = desk.town.actor("station1a")

        def found(text: str) -> list[str]:
            return [hit.case.id for hit in search.find(session, actor, text).rows]

        assert found("路灯") == [lamp, water]
        assert found("led") == [lamp]
        assert found("桥头 淹") == [water]
        assert found("100%") == [water]
        assert found("_") == []
        page = search.find(session, actor, "路灯", limit=1)
        assert [hit.case.id for hit in search.find(session, actor, "路灯", after=page.next).rows] == [water]
        alike = matching.propose(session, actor, today=date(2026, 3, 10), title="路灯坏了", phone="19900000001")
        assert [(match.case.id, match.same_visitor) for match in alike.matches][0] == (lamp, True)
    with desk.workplace.database.reading(EVERYWHERE) as session:
        assert search.breaches(session) == []
