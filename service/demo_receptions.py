"""The reception days of the demo town: a confirmed plan, sessions that were prepared and held, the next ones ahead.

24 sessions by plan and two on market days in half a year (domain 6.3); one was put off for heavy rain, one called off
and made up. Done through the same forms and buttons as real ones.
"""

import random
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from service.demo_town import SEATED_ON, TERM, Town
from workflows.clock import beijing_date
from workflows.engine import instances, triggers
from workflows.engine.tables import UserTask
from workflows.people import actions as people
from workflows.people.rules import MandateKind, MandateLevel
from workflows.receptions import actions, queries, rules
from workflows.receptions.tables import ReceptionSession
from workflows.storage import files
from workflows.workdays.rules import WorkingCalendar

DISTRICT_SEATS: Final = (0, 5)
"""Which deputies of each group are deputies of the district too."""
SEATS: Final = 3  # a station asks one deputy more than it must
MARKET_DAYS: Final = ((20, 1), (60, 0))  # working day of the half-year, station
ANNOUNCED_BEFORE: Final = 12  # working days from the arrangement of a market day to the day itself
COMING_SINCE: Final = 8  # working days before today on which the next market day was arranged
DAYS_AHEAD: Final = 4  # working days from today to it
RAIN: Final = (1, 2)  # month of the half-year and station whose session was put off
CALLED_OFF: Final = (3, 3)  # whose session was called off and made up
REMARKS: Final = (
    "来访群众主要反映村内道路积水和路灯，代表当场说明了办理程序和答复期限。",
    "咨询医保、低保的较多，代表逐一解释政策，办不了的转交街道。",
    "老人反映公交班次少，代表答应在下次代表会前调研。",
    "来访人数不多，代表随后到村民小组走访，听取对环境整治的意见。",
)
OUT_OF_TOWN: Final = "外出务工，赶不回来"

Plan = Callable[[date, Callable[[date], None]], None]


class Receptions:
    """The stations' reception days; `HalfYear` asks it what is written into each form."""

    def __init__(self, town: Town, calendar: WorkingCalendar, photo: Callable[[], bytes]) -> None:
        self.town, self.calendar, self.workplace, self.photo = town, calendar, town.workplace, photo
        self.chance = random.Random(20240715)  # noqa: S311  # a story, not a secret

    def plan(self, working: list[date], on: Plan) -> None:
        """Begin the year on the first day; arrange the market days; let it rain once."""
        on(working[0], self._begin)
        for number, station in MARKET_DAYS:
            held_on = working[number]
            on(working[number - ANNOUNCED_BEFORE], lambda _day, s=station, d=held_on: self._market_day(s, d))  # type: ignore[misc]
        ahead = self.calendar.add_working_days(working[-1], DAYS_AHEAD)
        on(working[-COMING_SINCE], lambda _day: self._market_day(1, ahead))
        months = sorted({(day.year, day.month) for day in working})
        for (place, station), press in ((RAIN, self._put_off), (CALLED_OFF, self._call_off)):
            year, month = months[place]
            day = self.usual_day(f"{year}-{month:02}", station)
            on(self.calendar.working_days_before(day, 1), lambda _day, p=press, s=station, d=day: p(s, d))  # type: ignore[misc]

    def usual_day(self, month: str, station: int) -> date:
        """The stations receive one after the other, so that the committee can be there."""
        day = rules.proposed_day(month, rules.USUAL_DAY, self.calendar.is_working_day)
        return self.calendar.add_working_days(day, station) if station else day

    def session_of(self, session: Session, station: int, day: date) -> str | None:
        """The session at which somebody who comes on a day is received."""
        found = queries.received_now(session, [self.town.villages[station].station_id], day)
        return next((each.id for each in found if each.held_on == day), None)

    def answer(self, session: Session, task: UserTask, business_key: str) -> dict[str, Any] | None:
        """What is written into the form of a step; None leaves it alone."""
        kind, _colon, key = business_key.partition(":")
        if kind == "reception":
            return self._of_session(session, task, queries.get(session, key))
        plain: dict[str, dict[str, Any]] = {
            "write_plan": {"sessions": self._year(session, task, int(key[:4]))},
            "check_plan": {"agreed": True, "opinion": "日期安排合理。"},
            "plan_make_up": {"held_on": self._in_days(2), "starts": "09:00", "ends": "11:00", "reason": "当天防汛值班"},
        }
        return plain.get(task.node_id)

    def _of_session(self, session: Session, task: UserTask, reception: ReceptionSession) -> dict[str, Any] | None:
        if task.node_id == "settle_roster":
            return {"deputies": self._roster(session, reception)}
        if task.node_id in ("can_come", "ask_for"):
            stays = self.chance.random() < 0.92
            return {"coming": stays, "reason": "" if stays else OUT_OF_TOWN}
        if task.node_id == "arrange_swap":
            return {"successor": self._next_one(session, reception), "note": "已电话说好"}
        if task.node_id == "write_up":
            return self._sheet(session, reception)
        plain: dict[str, dict[str, Any]] = {"post_notice": {}, "note_report": {"opinion": "已阅。"}}
        return plain.get(task.node_id)

    def _year(self, session: Session, task: UserTask, year: int) -> list[dict[str, str]]:
        """The proposal of the system, each station on its own day."""
        station_id = (task.candidate or "").partition("@")[2]
        plan = queries.plan_of(session, station_id, year)
        if plan is None:
            return []
        place = [village.station_id for village in self.town.villages].index(station_id)
        return [
            {**row, "held_on": max(self.usual_day(row["held_on"][:7], place).isoformat(), row["held_on"])}
            for row in plan.rows
        ]

    def _roster(self, session: Session, reception: ReceptionSession) -> list[str]:
        chosen = actions.propose_roster(session, reception)
        order = [each.person_id for each in rules.rotation(queries.candidates(session, reception))]
        return [*chosen, *(person for person in order if person not in chosen)][:SEATS]

    def _next_one(self, session: Session, reception: ReceptionSession) -> str:
        known = {each.entry.person_id for each in queries.roster(session, reception.id)}
        order = rules.rotation(queries.candidates(session, reception))
        return next(each.person_id for each in order if each.person_id not in known)

    def _sheet(self, session: Session, reception: ReceptionSession) -> dict[str, Any]:
        """Everybody who is on the roster came, but for one now and then; a drawn picture proves it."""
        due = queries.on_duty(session, reception.id)
        states = ["到会", *(self.chance.choices(["到会", "半程", "请假"], [9, 1, 1])[0] for _ in due[1:])]
        stored = files.save(self.workplace.settings.home, self.town.subdistrict_id, self.photo())
        return {
            "sheet": [
                {"person": each.entry.person_id, "state": state} for each, state in zip(due, states, strict=True)
            ],
            "photos": [stored.id],
            "remarks": self.chance.choice(REMARKS),
        }

    def _begin(self, day: date) -> None:
        """Who sits in the district's congress too, and the committee's plan for the year."""
        with self._work_unit() as session:
            for village in self.town.villages:
                for place in DISTRICT_SEATS:
                    people.seat_deputy(
                        session,
                        self.town.clock_actor,
                        person_id=self.town.deputies_of(village)[place].person_id,
                        term=TERM,
                        group_id=village.id,
                        valid_from=SEATED_ON,
                        at=self.workplace.engine.clock(),
                        kind=MandateKind.DEPUTY,
                        level=MandateLevel.DISTRICT,
                    )
            self._start(session, "director", "reception_plan", {"year": day.year})

    def _market_day(self, station: int, held_on: date) -> None:
        answer = {"held_on": held_on.isoformat(), "starts": "08:00", "ends": "10:30", "kind": "流动"}
        with self._work_unit() as session:
            venue = f"{self.town.villages[station].name}集市"
            self._start(session, f"station{station + 1}", "reception_day", {**answer, "venue": venue})

    def _put_off(self, station: int, held_on: date) -> None:
        later = self.calendar.add_working_days(held_on, 3).isoformat()
        reason = "气象台发布暴雨预警"
        self._press(station, held_on, "put_off", f"station{station + 1}", {"held_on": later, "reason": reason})

    def _call_off(self, station: int, held_on: date) -> None:
        self._press(station, held_on, "call_off", "committee1", {"reason": "防汛值班，代表都在堤上"})

    def _press(self, station: int, held_on: date, event: str, login: str, answer: dict[str, str]) -> None:
        """Use one of the buttons on the file of a station's session."""
        engine, actor = self.workplace.engine, self.town.actor(login)
        with self._work_unit() as session:
            station_id = self.town.villages[station].station_id
            for reception in queries.between(session, held_on, held_on, station_id=station_id):
                instance = queries.instance_of(session, reception)
                offered = triggers.open_for(engine, session, actor, instance.id) if instance else []
                for trigger in offered:
                    if trigger.node_id == event:
                        triggers.hand_in(engine, session, actor, wait_id=trigger.wait_id, answer=answer)

    def _start(self, session: Session, login: str, key: str, answer: dict[str, Any]) -> None:
        instances.start(self.workplace.engine, session, self.town.actor(login), key=key, start=answer)

    def _in_days(self, count: int) -> str:
        return self.calendar.add_working_days(beijing_date(self.workplace.engine.clock()), count).isoformat()

    def _work_unit(self) -> Any:
        return self.workplace.unit_of_work(self.town.subdistrict_id)
