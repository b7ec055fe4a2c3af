"""Visitors' contact data is masked two years after closing and deleted after five, and never without a trace (Q46)."""

import io
from datetime import date, time
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from tests.factories import small_town
from tests.process.assessing import PACKAGES
from tests.process.casework import DONE, ORDINARY, TOLD, Desk
from workflows import audit
from workflows.activities import actions as activities
from workflows.activities.tables import Evidence
from workflows.cases import actions, record
from workflows.cases import queries as cases
from workflows.cases.tables import CaseParty
from workflows.clock import MovableClock
from workflows.engine import definitions, packages, queries, user_tasks
from workflows.engine.tables import History, ProcessInstance, UserTask
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.storage import files
from workflows.wiring import Workplace

CLOSED = date(2026, 3, 2)


@pytest.fixture
def desk(workplace: Workplace, clock: MovableClock) -> Desk:
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    desk.publish(packages.read_folder(PACKAGES / "retention"))
    return desk


def closed_case(desk: Desk) -> str:
    case = desk.register(address="虎山村三组12号")
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", {**TOLD, "satisfaction": "满意"})
    return case


def party(desk: Desk, case: str) -> CaseParty:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        return session.scalars(select(CaseParty).where(CaseParty.case_id == case)).one()


def see(desk: Desk, case: str, login: str, reason: str = "回访") -> list[CaseParty]:
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        _case, parties = actions.reveal_contacts(
            session, desk.town.actor(login), case_id=case, reason=reason, at=desk.clock()
        )
        return parties


def waiting(desk: Desk) -> list[UserTask]:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        return list(queries.inbox(session, desk.town.actor("director"), box="groups", process_key="retention").rows)


def decide(desk: Desk, **answer: Any) -> None:
    task = waiting(desk)[0]
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        user_tasks.complete(
            desk.workplace.engine, session, desk.town.actor("director"), task_id=task.id, answer=dict(answer)
        )


def ends(desk: Desk) -> list[str]:
    """The ends that the monthly checks reached, oldest first."""
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        query = select(History.node_id).join(ProcessInstance, ProcessInstance.id == History.instance_id)
        query = query.where(ProcessInstance.process_key == "retention", History.kind == "ended")
        return list(session.scalars(query.order_by(History.id)))


def actions_noted(desk: Desk, case: str) -> list[str]:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        query = select(audit.AuditEntry.action).where(audit.AuditEntry.object_key == f"case:{case}")
        return list(session.scalars(query.order_by(audit.AuditEntry.seq)))


def test_contact_data_is_masked_after_two_years_and_the_committee_still_sees_it(desk: Desk) -> None:
    case = closed_case(desk)
    desk.pass_time_to(date(2028, 3, 1), time(8, 31))
    assert party(desk, case).masked_at is None
    desk.pass_time_to(date(2028, 4, 1), time(8, 31))
    assert party(desk, case).masked_at == desk.clock()
    with pytest.raises(NotAllowed, match="已经遮蔽"):
        see(desk, case, "station1a")
    assert see(desk, case, "director", "信访复查")[0].phone == ORDINARY["phone"]
    assert set(ends(desk)) == {"nothing_due"}


def test_after_five_years_the_committee_confirms_and_only_contact_data_is_deleted(desk: Desk) -> None:
    case, young = closed_case(desk), ""
    desk.pass_time_to(date(2030, 6, 3))
    young = closed_case(desk)
    desk.pass_time_to(date(2031, 4, 1), time(8, 31))
    assert [task.subject for task in waiting(desk)] == ["到期应删除：1人的联系方式，0份来访材料，0份佐证材料"]
    decide(desk, decision="删除")
    gone = party(desk, case)
    assert (gone.name, gone.phone, gone.address) == ("", "", "")
    assert gone.deleted_at == desk.clock()
    assert desk.case(case).description == ORDINARY["description"]
    assert desk.case(case).reply_text == TOLD["content"]
    assert party(desk, young).name == ORDINARY["name"]
    assert "case.contacts_deleted" in actions_noted(desk, case)
    assert ends(desk)[-1] == "deleted"
    assert waiting(desk) == []


def stored(desk: Desk) -> files.StoredFile:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "grey").save(picture, "JPEG")
    return files.save(desk.workplace.settings.home, desk.town.subdistrict_id, picture.getvalue())


def test_papers_of_the_case_are_destroyed_with_the_contact_data(desk: Desk) -> None:
    case, paper = closed_case(desk), stored(desk)
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        record.attach(
            session, desk.town.actor("station1a"), cases.get(session, case), files=[paper.id], at=desk.clock()
        )
    desk.pass_time_to(date(2031, 4, 1), time(8, 31))
    assert paper.path.exists()
    decide(desk, decision="删除")
    assert not paper.path.exists()
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        (row,) = cases.attachments(session, case)
        assert row.removed_at == desk.clock()
    assert "case.paper_destroyed" in actions_noted(desk, case)


def test_papers_of_somebody_who_gave_no_name_are_asked_about_as_well(desk: Desk) -> None:
    case, paper = closed_case(desk), stored(desk)
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        for nobody in session.scalars(select(CaseParty)):
            session.delete(nobody)
        record.attach(
            session, desk.town.actor("station1a"), cases.get(session, case), files=[paper.id], at=desk.clock()
        )
    desk.pass_time_to(date(2031, 4, 1), time(8, 31))
    assert [task.subject for task in waiting(desk)] == ["到期应删除：0人的联系方式，1份来访材料，0份佐证材料"]
    decide(desk, decision="删除")
    assert not paper.path.exists()


def test_a_file_that_a_crash_left_is_destroyed_the_next_time(desk: Desk) -> None:
    case, paper = closed_case(desk), stored(desk)
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        record.attach(
            session, desk.town.actor("station1a"), cases.get(session, case), files=[paper.id], at=desk.clock()
        )
        (row,) = cases.attachments(session, case)
        row.removed_at = desk.clock()
    later = desk.clock().date().replace(year=2031)
    home, actor = desk.workplace.settings.home, desk.town.clock_actor
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        actions.delete_contacts(session, actor, home=home, closed_before=later, at=desk.clock())
    assert not paper.path.exists()
    assert "case.paper_destroyed" not in actions_noted(desk, case)


def test_photographs_of_activities_are_destroyed_after_ten_years_and_leave_their_hash(desk: Desk) -> None:
    photo, clerk, engine = stored(desk), desk.town.actor("committee1"), desk.workplace.engine
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        activity = activities.record_activity(engine, session, clerk, held_on=CLOSED, kind="视察", title="农村道路")
        activities.attach_evidence(
            engine, session, clerk, activity_id=activity.id, file_id=photo.id, sha256=photo.sha256, kind="照片"
        )
    desk.pass_time_to(date(2036, 3, 1), time(8, 31))
    assert waiting(desk) == []
    desk.pass_time_to(date(2036, 4, 1), time(8, 31))
    assert [task.subject for task in waiting(desk)] == ["到期应删除：0人的联系方式，0份来访材料，1份佐证材料"]
    assert photo.path.exists()
    decide(desk, decision="删除")
    assert not photo.path.exists()
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        (row,) = session.scalars(select(Evidence))
        assert (row.sha256, row.removed_at) == (photo.sha256, desk.clock())
    assert ends(desk)[-1] == "deleted"


def test_nothing_is_destroyed_when_the_rows_could_not_be_written(desk: Desk) -> None:
    case, paper = closed_case(desk), stored(desk)
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        record.attach(
            session, desk.town.actor("station1a"), cases.get(session, case), files=[paper.id], at=desk.clock()
        )
    home, later = desk.workplace.settings.home, date(2031, 4, 1)
    with pytest.raises(RuntimeError), desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        actions.delete_contacts(session, desk.town.clock_actor, home=home, closed_before=later, at=desk.clock())
        raise RuntimeError
    assert paper.path.exists()


def test_what_is_kept_is_asked_again_next_month_and_an_unanswered_question_is_brought_back(desk: Desk) -> None:
    case = closed_case(desk)
    desk.pass_time_to(date(2031, 4, 1), time(8, 31))
    with pytest.raises(Invalid):
        decide(desk, decision="暂不删除")
    desk.pass_time_to(date(2031, 4, 18))
    assert "reminded" in ends(desk)
    decide(desk, decision="暂不删除", reason="正在行政复议")
    assert party(desk, case).name == ORDINARY["name"]
    assert ends(desk)[-1] == "kept"
    desk.pass_time_to(date(2031, 5, 1), time(8, 31))
    assert len(waiting(desk)) == 1


def test_a_question_that_nobody_answers_is_asked_once_a_month(desk: Desk) -> None:
    closed_case(desk)
    for day in (date(2031, 4, 1), date(2031, 4, 28), date(2031, 4, 29), date(2031, 5, 1), date(2031, 6, 1)):
        desk.pass_time_to(day, time(8, 31))
    assert len(waiting(desk)) == 1
    assert ends(desk).count("asked_again") == 2


def test_an_unfinished_case_keeps_its_contact_data_however_old(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time_to(date(2031, 4, 1), time(8, 31))
    assert party(desk, case).masked_at is None
    assert waiting(desk) == []


def test_seeing_contact_data_needs_a_reason_and_leaves_a_trace(desk: Desk) -> None:
    case = desk.register()
    with pytest.raises(Invalid, match="为什么"):
        see(desk, case, "station1a", " ")
    with pytest.raises(NotFound):
        see(desk, case, "station2")
    with pytest.raises(NotFound):
        see(desk, case, "dept1")
    assert see(desk, case, "station1a", "上门核实")[0].name == ORDINARY["name"]
    assert actions_noted(desk, case).count("case.contacts_shown") == 1


def test_the_shipped_package_may_run(desk: Desk) -> None:
    package = packages.read_folder(PACKAGES / "retention")
    assert definitions.check(desk.workplace.engine, package) == []
