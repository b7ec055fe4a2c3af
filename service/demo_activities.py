"""The activities of the demo town: half a year that was held and written up, a meeting and two activities ahead.

Done through the same forms as real ones. What is past was written down on the evening of its day, as a station
does that begins with the system.
"""

import random
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from service import demo_story as story
from service.demo_town import Town
from workflows.activities import plan_queries
from workflows.activities.plan_rules import MEETING
from workflows.engine import instances, queries, user_tasks
from workflows.engine.tables import UserTask
from workflows.people.rules import STATION
from workflows.storage import files
from workflows.workdays.rules import WorkingCalendar

NEVER_LOOKS: Final = 0.15
SHARE: Final = 0.6  # of a station's deputies who come to one of its activities
ARRANGED_BEFORE: Final = 6  # working days before today on which what is to come was arranged
AGENDA: Final = (
    {"kind": "专项工作报告", "title": "民生实事项目进展情况", "reporter": "街道办事处"},
    {"kind": "审议", "title": "生态环境保护专项工作", "reporter": "生态环境办"},
    {"kind": "工作部署", "title": "下半年代表工作安排", "reporter": "人大工委"},
)
MINUTES: Final = (
    "实地察看后座谈，代表提出的意见已经分类整理，交有关部门研究。",
    "集中学习后分组讨论，代表结合本村情况谈了体会。",
    "逐户走访，记下群众反映的事情，能当场说明的当场说明。",
)
AWAY: Final = "外出务工，赶不回来"

Plan = Callable[[date, Callable[[date], object]], None]


class Activities:
    """What stations and the committee hold; `HalfYear` asks it what is written into each form."""

    def __init__(self, town: Town, calendar: WorkingCalendar, photo: Callable[[], bytes]) -> None:
        self.town, self.calendar, self.photo = town, calendar, photo
        self.workplace = town.workplace
        self.silent: set[str] = set()  # tasks of those who never look at their telephone
        self.chance = random.Random(20230315)  # noqa: S311  # a story, not a secret

    def plan(self, working: list[date], on: Plan) -> None:
        """Hold the half-year's activities on its days, and arrange what is to come."""
        kinds: list[tuple[str, str, int | None]] = [(MEETING, "", None)]
        kinds += [("专题培训" if n % 3 else "以会代训", story.TRAININGS[n % 6], n % 4) for n in range(24)]
        kinds += [("民生实事项目督查" if n < 12 else "视察", story.INSPECTIONS[n % 6], n % 4) for n in range(18)]
        kinds += [("主题活动", title, None) for title in story.THEME_DAYS]
        for n, (kind, title, station) in enumerate(kinds):
            day = working[n * (len(working) - 5) // len(kinds)]
            on(day, lambda held_on, k=kind, t=title, s=station: self._hold(held_on, k, t, s))  # type: ignore[misc]
        today, arranged = self.calendar.add_working_days(working[-1], 1), working[-ARRANGED_BEFORE]
        after = self.calendar.add_working_days
        on(arranged, lambda _day: self._arrange(after(today, 2), "视察", story.INSPECTIONS[0], 0))
        on(arranged, lambda _day: self._arrange(after(today, 8), MEETING, "", None))
        on(arranged, lambda _day: self._arrange(after(today, 4), "专题培训", story.TRAININGS[1], 1))

    def answer(self, session: Session, task: UserTask, business_key: str) -> dict[str, Any] | None:
        """What is written into the form of a step; None leaves it alone."""
        stays = self.chance.random()
        if task.id in self.silent:
            return None
        if task.node_id == "give_answer":
            if stays < NEVER_LOOKS:
                self.silent.add(task.id)
            return (
                None
                if stays < NEVER_LOOKS
                else {"answer": "参加"}
                if stays < 0.92
                else {"answer": "请假", "reason": AWAY}
            )
        if task.node_id == "write_up":
            plan = plan_queries.get(session, business_key.partition(":")[2])
            asked = plan_queries.invitations(session, plan)
            return self._written([(each.invitation.person_id, each.expected or "到会") for each in asked])
        plain: dict[str, dict[str, Any]] = {"phone": {"answer": "参加"}, "decide_leave": {"agreed": True}}
        return plain.get(task.node_id)

    def _arrange(self, held_on: date, kind: str, title: str, station: int | None, **more: Any) -> str:
        """Begin the process of an activity; the id of its instance."""
        village = None if station is None else self.town.villages[station]
        answer = {
            "kind": kind,
            "title": title,
            "already": False,
            "held_on": held_on.isoformat(),
            "starts": "09:00",
            "ends": "11:00",
            "place": f"{village.name}党群服务中心" if village else "街道二楼会议室",
            "whom": "全体",
            "is_duty": True,
            "now": True,
            "contact": "人大工委办公室 0527-80000001",
            **({"agenda": [dict(item) for item in AGENDA]} if kind == MEETING else {}),
            **more,
        }
        key = "meeting" if village is None else "activity"
        if village is None:
            actor = self.town.actor("committee1")
        else:
            actor = next(each for each in self.town.actors.values() if each.has_role(STATION, village.station_id))
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            return instances.start(self.workplace.engine, session, actor, key=key, start=answer).id

    def _hold(self, day: date, kind: str, title: str, station: int | None) -> None:
        """An activity that is written down in the evening of its day."""
        village = None if station is None else self.town.villages[station]
        asked = self.town.deputies if village is None else self.town.deputies_of(village)
        states = [(seat.person_id, self._state(1.0 if village is None else SHARE)) for seat in asked]
        came = [(person, state) for person, state in states if state]
        instance_id = self._arrange(
            day, kind, title, station, already=True, whom="部分", deputies=[person for person, _ in came]
        )
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            (task,) = queries.open_tasks(session, instance_id)
            able = next(actor for actor in self.town.actors.values() if user_tasks.may_work_on(actor, task))
            answer = self._written(came)
            user_tasks.complete(self.workplace.engine, session, able, task_id=task.id, answer=answer)

    def _written(self, states: list[tuple[str, str]]) -> dict[str, Any]:
        photo = files.save(self.workplace.settings.home, self.town.subdistrict_id, self.photo())
        return {
            "sheet": [{"person": person, "state": state} for person, state in states],
            "photos": [photo.id],
            "minutes": self.chance.choice(MINUTES),
        }

    def _state(self, share: float) -> str:
        if self.chance.random() > share:
            return ""
        return self.chance.choices(["到会", "半程", "请假", "缺席"], [90, 4, 5, 1])[0]
