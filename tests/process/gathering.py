"""Short words for what people do about activities and meetings, on the real engine with a clock that is moved."""

from collections.abc import Mapping
from datetime import date, time
from io import BytesIO
from typing import Any

from PIL import Image

from tests.factories import DeputySeat
from tests.process.receiving import House
from workflows.activities import plan_queries, queries
from workflows.activities.tables import ActivityPlan, Attendance, Evidence
from workflows.clock import beijing_date
from workflows.engine import instances, jobs
from workflows.engine.tables import ProcessInstance
from workflows.storage import files

STATION, STREET = "activity", "meeting"


class Hall(House):
    """A small town whose stations hold activities and whose committee holds meetings."""

    def plan(self, day: date, login: str = "station1a", **changes: Any) -> str:
        """Arrange an activity as staff do; the id of its plan."""
        key = STREET if login in ("director", "committee1", "committee2") else STATION
        answer = {
            "kind": "视察",
            "title": "农村道路视察",
            "already": False,
            "held_on": day.isoformat(),
            "starts": "09:00",
            "ends": "11:00",
            "place": "官庄村",
            "whom": "全体",
            "is_duty": True,
            "now": True,
            "contact": "小陆 0516-80000001",
            "text": "",
            **changes,
        }
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            instance = instances.start(self.workplace.engine, session, self.town.actor(login), key=key, start=answer)
        jobs.sweep(self.workplace.engine, self.workplace.database)
        return instance.business_key.partition(":")[2]

    def instance(self, plan_id: str) -> ProcessInstance:
        with self.reading() as session:
            instance = plan_queries.instance_of(session, plan_queries.get(session, plan_id))
            assert instance is not None
            return instance

    def found(self, plan_id: str) -> ActivityPlan:
        with self.reading() as session:
            return plan_queries.get(session, plan_id)

    def said(self, plan_id: str) -> dict[str, str]:
        """Name -> answer of everybody who was asked."""
        with self.reading() as session:
            plan = plan_queries.get(session, plan_id)
            return {each.name: each.invitation.answer for each in plan_queries.invitations(session, plan)}

    def hold_activity(self, plan_id: str, **changes: Any) -> None:
        """Let the day come and write it up: everybody was there, and a photograph shows it."""
        held_on = self.found(plan_id).held_on
        if beijing_date(self.clock()) < held_on:
            self.pass_time_to(held_on, time(18))
        self.do(plan_id, "write_up", {**self.written(plan_id), **changes})

    def written(self, plan_id: str) -> dict[str, Any]:
        with self.reading() as session:
            asked = plan_queries.invitations(session, plan_queries.get(session, plan_id))
            sheet = [{"person": each.invitation.person_id, "state": each.expected or "到会"} for each in asked]
        return {
            "sheet": sheet,
            "also": [],
            "photos": [self.photo()],
            "sheets": [],
            "documents": [],
            "minutes": "看了三条路。",
        }

    def photo(self, seed: int = 0) -> str:
        """A stored photograph; its id."""
        picture = BytesIO()
        Image.effect_noise((60 + seed, 40), 90).save(picture, "JPEG")
        return files.save(self.workplace.settings.home, self.town.subdistrict_id, picture.getvalue()).id

    def sheet(self, plan_id: str) -> dict[str, str]:
        """Name -> state in the record of activities."""
        with self.reading() as session:
            activity_id = plan_queries.get(session, plan_id).activity_id or ""
            rows: list[Attendance] = queries.attendance_of(session, [activity_id]).get(activity_id, [])
            names = {seat.person_id: seat.name for seat in self.town.deputies}
            return {names[row.person_id]: row.state for row in rows}

    def proofs(self, plan_id: str) -> list[Evidence]:
        with self.reading() as session:
            activity_id = plan_queries.get(session, plan_id).activity_id or ""
            return queries.evidence_of(session, [activity_id]).get(activity_id, [])

    def own(self, station: int = 1) -> list[DeputySeat]:
        """The deputies of a station."""
        return [seat for seat in self.town.deputies if seat.group_id == self.town.villages[station - 1].id]

    def answers(self, plan_id: str, given: Mapping[str, Any]) -> None:
        """Login -> 参加, or the reason for leave."""
        for login, word in given.items():
            answer = {"answer": "参加"} if word == "参加" else {"answer": "请假", "reason": word}
            self.do(plan_id, "give_answer", answer, login)
