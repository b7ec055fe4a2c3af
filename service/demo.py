"""The demo town: half a year of work, done through the same actions as real work, with a clock that is moved.

Dates are relative to today, so the town looks lived-in on any day; chance is seeded, so that it is the same town on
every machine on that day.
"""

import io
import random
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any, Final

from PIL import Image, ImageDraw
from sqlalchemy import select

from service import demo_story as story
from service.demo_activities import Activities
from service.demo_receptions import Receptions
from service.demo_story import Matter
from service.demo_suggestions import Papers
from service.demo_town import PASSWORD, Town, full_town
from workflows import wiring
from workflows.actor import Actor
from workflows.assessment.rules import Quarter
from workflows.cases.tables import Case
from workflows.clock import MovableClock, beijing_date, beijing_moment
from workflows.engine import instances, jobs, triggers, user_tasks
from workflows.engine import queries as processes
from workflows.engine.tables import ProcessInstance, UserTask
from workflows.errors import WorkError
from workflows.people.tables import Subdistrict
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace
from workflows.workdays import queries as workdays
from workflows.workdays.rules import WorkingCalendar

__all__ = ["accounts", "is_loaded", "load", "may_load", "password"]

CODE: Final = "LJ"
MONTHS: Final = 6
VISITS: Final = 120
ON_THE_SPOT: Final = 0.57  # of the visits that the story leaves open: 45 % of all
NOT_OURS: Final = 0.06
OVERDUE: Final = frozenset({31, 58, 77, 96})  # which visits the office let slip
DISSATISFIED: Final = frozenset({5, 18, 33, 47, 66, 74, 88, 101})
EXTENDED: Final = frozenset({7, 30, 48, 75, 90, 98})  # the unit asks for more time, once
JOINED: Final = {35: 34, 62: 60, 63: 60, 92: 91}  # visit -> the earlier one that is the same matter
UNREACHED_FIRST: Final = frozenset({9, 26, 52, 82})
LINGERING: Final = {115: 7, 116: 5, 117: 4, 118: 2, 119: 1}
"""Visits that wait today, and how many working days ago they came: one is due today, whatever day it is."""
_TOLD: Final = {60, 61, 64, *OVERDUE, *LINGERING, *DISSATISFIED, *EXTENDED, *JOINED, *JOINED.values(), *UNREACHED_FIRST}
MODEL_VISITS: Final = {60: story.STANDING_WATER, 61: story.GAS_BOTTLES, 64: story.ROADSIDE}

ACCOUNTS: Final = (
    ("station2", "虎山村代表工作站干事：登记来访、答复、审核自评"),
    ("committee1", "街道人大工委干事：交办、核实"),
    ("director", "街道人大工委主任：审批"),
    ("dept2", "农业农村办经办人：办理"),
    ("deputy12", "虎山村议政代表：自评、看自己的积分"),
    ("village2", "虎山村书记（组长）"),
    ("office", "街道办考核员：接收村考核指标"),
    ("admin", "流程管理员：流程、人员、日历"),
)


def may_load(workplace: Workplace) -> bool:
    """Only an installation without any sub-district may become a demo town."""
    with workplace.reading(EVERYWHERE) as session:
        return session.scalar(select(Subdistrict.id).limit(1)) is None


def is_loaded(workplace: Workplace) -> bool:
    """Whether this installation is the demo town (its marker is the code and the demo's own district)."""
    with workplace.reading(EVERYWHERE) as session:
        query = select(Subdistrict.id).where(Subdistrict.code == CODE, Subdistrict.name == "陆集街道")
        return session.scalar(query) is not None


def accounts(workplace: Workplace) -> tuple[tuple[str, str], ...]:
    """Logins to try, with what each person does; none outside a demo town."""
    return ACCOUNTS if is_loaded(workplace) else ()


def password(workplace: Workplace) -> str:
    """The password of every demo account; nothing outside a demo town."""
    return PASSWORD if is_loaded(workplace) else ""


def load(workplace: Workplace) -> Iterator[str]:
    """Build the town and live half a year in it; yields a line for each month."""
    now = workplace.engine.clock()
    clock = MovableClock(now)
    rehearsal = wiring.build(workplace.settings, clock)
    try:
        first = _months_back(beijing_date(now), MONTHS)
        clock.set(min(beijing_moment(first, time(8)), now))
        town = full_town(rehearsal)
        jobs.reconcile(rehearsal.engine, rehearsal.database)  # the shipped processes learn of the new street
        yield f"{len(town.deputies)} 名议政代表，{len(town.villages)} 个小组"
        yield from HalfYear(town, clock, first, beijing_date(now)).live()
    finally:
        rehearsal.database.dispose()


class HalfYear:
    """The days from the first to yesterday, one after the other."""

    def __init__(self, town: Town, clock: MovableClock, first: date, today: date) -> None:
        self.town, self.clock, self.workplace = town, clock, town.workplace
        self.first, self.today = first, today
        self.chance = random.Random(20210915)  # noqa: S311  # a story, not a secret
        self.plans: dict[date, list[Any]] = {}
        self.acts_on: dict[str, date] = {}
        self.visits: dict[str, int] = {}  # process instance -> number of the visit
        self.matters: dict[str, Matter] = {}
        self.returned = self.decided = 0
        with self.workplace.reading(town.subdistrict_id) as session:
            self.calendar: WorkingCalendar = workdays.working_calendar(session)
        self.papers = Papers(town, self.calendar)
        self.activities = Activities(town, self.calendar, self._photo)
        self.receptions = Receptions(town, self.calendar, self._photo)

    def live(self) -> Iterator[str]:
        """Live every day; yields a line at the end of each month."""
        self._plan()
        day = self.first
        while day < self.today:
            self._live(day)
            following = day + timedelta(days=1)
            if following.month != day.month:
                yield f"{day.year} 年 {day.month} 月"
            day = following
        self.clock.set(beijing_moment(self.today, time(8)))
        jobs.sweep(self.workplace.engine, self.workplace.database)

    def _live(self, day: date) -> None:
        self.clock.set_beijing(day, time(9))
        jobs.sweep(self.workplace.engine, self.workplace.database)
        for plan in self.plans.get(day, []):
            plan(day)
        if self.calendar.is_working_day(day):
            self._work(day)
            for _ in range(3):  # what is urgent is handed over, done and answered on the same day
                self._work(day, urgent=True)

    # ------------------------------------------------------------------------------------ what is planned

    def _plan(self) -> None:
        days = [self.first + timedelta(days=n) for n in range((self.today - self.first).days)]
        working = [day for day in days if self.calendar.is_working_day(day)]
        self.activities.plan(working, self._on)
        self.receptions.plan(working, self._on)
        self.papers.plan(working, self._on)
        for number in range(VISITS):
            day = self._comes_on(number, working[min(number * len(working) // VISITS, len(working) - 1)])
            self.plans.setdefault(day, []).append(lambda on, n=number: self._visit(n))

    def _comes_on(self, number: int, day: date) -> date:
        """Two visitors of three come to the reception day of their station."""
        if number in LINGERING:
            return self.calendar.working_days_before(self.today, LINGERING[number])
        if number % 3 == 2 or number in {*MODEL_VISITS, *JOINED, *JOINED.values()}:
            return day
        received = self.receptions.usual_day(f"{day:%Y-%m}", number % len(self.town.villages))
        return received if received < self.today else day

    def _on(self, day: date, plan: Any) -> None:
        self.plans.setdefault(day, []).append(plan)

    # ------------------------------------------------------------------------------------ what is done

    def _photo(self) -> bytes:
        """A drawn picture: no real person appears in the demo."""
        colour = tuple(self.chance.randrange(120, 220) for _ in range(3))
        image = Image.new("RGB", (640, 420), colour)
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 300, 640, 420), fill=(96, 108, 92))
        for _ in range(self.chance.randrange(5, 12)):
            x = self.chance.randrange(40, 600)
            draw.ellipse((x, 220, x + 34, 254), fill=(230, 200, 170))
            draw.rectangle((x - 4, 254, x + 38, 330), fill=(60, 80, 120))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=70)
        return buffer.getvalue()

    def _visit(self, number: int) -> None:
        """Somebody comes to a station."""
        same = JOINED.get(number, number)
        matter = MODEL_VISITS.get(same)
        matter = matter or story.MATTERS[same * 7 % len(story.MATTERS)]
        chance = 1.0 if number in _TOLD else self.chance.random()
        outcome = "待办理"
        if chance < NOT_OURS:
            outcome = "不予受理"
        elif chance < NOT_OURS + ON_THE_SPOT:
            outcome = "当场答复"
        station = 1 if matter is story.STANDING_WATER else same % len(self.town.villages)
        clerk = self.town.actor(f"station{station + 1}")
        answer: dict[str, Any] = {
            "outcome": outcome,
            "matter_class": matter.matter_class,
            "topic": matter.topic,
            "title": matter.title,
            "place": "虎山村主路" if matter is story.STANDING_WATER else story.PLACES[same * 5 % len(story.PLACES)],
            "description": matter.words,
            "name": self.chance.choice(story.VISITORS),
            "phone": f"1990000{self.chance.randrange(10000):04d}",
        }
        if outcome == "当场答复":
            answer["answer"] = story.SPOT_ANSWERS[matter.matter_class]
        if outcome == "不予受理":
            answer["guidance"] = story.GUIDANCE
        if number % 17 == 4:
            answer.pop("name"), answer.pop("phone")
            answer["anonymous"] = True
        with self._work_unit() as session:
            answer["session"] = self.receptions.session_of(session, station, beijing_date(self.clock()))
            instance = instances.start(self.workplace.engine, session, clerk, key="constituent_case", start=answer)
        self.visits[instance.id], self.matters[instance.id] = number, matter

    def _work(self, day: date, *, urgent: bool = False) -> None:
        """Everybody looks into the inbox and does what this day is for."""
        with self.workplace.reading(self.town.subdistrict_id) as session:
            query = select(UserTask, ProcessInstance.business_key).join(
                ProcessInstance, ProcessInstance.id == UserTask.instance_id
            )
            waiting = session.execute(query.where(UserTask.status == "open").order_by(UserTask.id)).all()
        for task, business_key in waiting:
            if urgent and not self._is_urgent(task):
                continue
            when = self.acts_on.setdefault(task.id, self._when(task, day))
            if when <= day:
                self._do(task, business_key, day)

    def _is_urgent(self, task: UserTask) -> bool:
        matter = self.matters.get(task.instance_id)
        return matter is not None and matter.matter_class == "紧急安全"

    def _when(self, task: UserTask, day: date) -> date:
        """The day on which somebody gets round to it."""
        if task.process_key == "suggestion":
            return self.papers.when(task, day)
        if self._is_urgent(task):
            return day
        number = self.visits.get(task.instance_id, -1)
        if number in LINGERING and task.node_id in ("handle", "station_handle"):
            return self.calendar.add_working_days(self.today, 1)
        if number in OVERDUE and task.node_id == "reply" and task.due_on:
            return self.calendar.add_working_days(task.due_on, self.chance.randrange(2, 6))
        if task.node_id == "handle" and number in JOINED.values():
            return self.calendar.add_working_days(day, 3)  # the others of the same matter come meanwhile
        latest = {"refer": 1, "handle": 3, "station_handle": 3, "reply": 1, "feedback": 5, "self_assess": 3}
        wait = self.chance.randrange(latest.get(task.node_id, 1) + 1)
        if number >= 0 and wait and task.due_on and task.due_on <= day + timedelta(days=wait):
            return day
        return self.calendar.add_working_days(day, wait) if wait else day

    def _do(self, task: UserTask, business_key: str, day: date) -> None:
        actor = self._who(task)
        if actor is None:
            return
        if task.node_id == "handle" and self._asks_for_time(task, actor, day):
            return
        answer = self._answer(task, business_key, day)
        if answer is None:
            return
        try:
            with self._work_unit() as session:
                user_tasks.complete(self.workplace.engine, session, actor, task_id=task.id, answer=answer)
            if task.node_id == "announce":
                self._on(
                    self.calendar.add_working_days(day, 1),
                    lambda on: self._object(on, business_key.removeprefix("quarter:")),
                )
        except WorkError:
            # As in the office: a roll-up is refused while a month still waits for review. Tomorrow again.
            self.acts_on[task.id] = self.calendar.add_working_days(day, 1)

    def _asks_for_time(self, task: UserTask, actor: Actor, day: date) -> bool:
        """Whether the unit asks for an extension today, instead of handing in what is not done."""
        number = self.visits.get(task.instance_id)
        if number not in EXTENDED or f"asked:{task.instance_id}" in self.acts_on:
            return False
        self.acts_on[f"asked:{task.instance_id}"] = day
        self.acts_on[task.id] = self.calendar.add_working_days(day, 5)
        engine = self.workplace.engine
        with self._work_unit() as session:
            offered = triggers.open_for(engine, session, actor, task.instance_id)
            wait = next(each.wait_id for each in offered if each.node_id == "department_asks_time")
            triggers.hand_in(engine, session, actor, wait_id=wait, answer={"days": 5, "reason": story.NEEDS_TIME})
        return True

    def _who(self, task: UserTask) -> Actor | None:
        """Somebody who may do it; the director signs, the clerks work."""
        able = [actor for actor in self.town.actors.values() if user_tasks.may_work_on(actor, task)]
        if task.node_id in ("approve",):
            able = [actor for actor in able if actor.id == self.town.actor("director").id] or able
        return able[0] if able else None

    def _answer(self, task: UserTask, business_key: str, day: date) -> dict[str, Any] | None:
        """What is written into the form; None leaves the task alone."""
        node = task.node_id
        if business_key.startswith("case:"):
            return self._case_answer(task)
        if business_key.startswith("suggestion:"):
            return self.papers.answer(task)
        if business_key.startswith("plan:"):
            with self.workplace.reading(self.town.subdistrict_id) as session:
                return self.activities.answer(session, task, business_key)
        if business_key.startswith("reception"):
            with self.workplace.reading(self.town.subdistrict_id) as session:
                return self.receptions.answer(session, task, business_key)
        if node == "self_assess":
            return self._self_assessment(day)
        if node in ("station_review", "committee_review"):
            return self._review()
        if node == "decide_objection":
            return self._decision()
        if node == "confirm_board":
            return self._board(business_key)
        simple: dict[str, dict[str, Any]] = {
            "assess_for": {"truthful": True},
            "report": {"letter": story.LETTER, "checked": True},
            "verify": {"opinion": "对照考勤表和照片核实，情况属实。"},
            "announce": {"notice": story.NOTICE},
            "approve": {"decision": "同意", "opinion": "同意。"},
            "answer_objection": {"text": "已对照签到表和照片，说明见附页。"},
            "review": {"conclusion": "维持"},
            "explain": {"text": "本季度活动安排偏少，下季度按月补足。"},
            "receive_index": {"document_no": f"陆街办〔{day.year}〕{day.month}号", "weight": 5},
        }
        return simple.get(node)

    def _case_answer(self, task: UserTask) -> dict[str, Any] | None:
        number, matter = self.visits[task.instance_id], self.matters[task.instance_id]
        if task.node_id == "approve_extension":
            return {"agreed": True}
        if task.node_id == "refer" and number in JOINED:
            return {"handler": "并入已有事项", "lead_number": self._case_number(JOINED[number])}
        if task.node_id == "refer":
            is_again = f"again:{task.instance_id}" in self.acts_on
            if number % 6 == 0 and matter.matter_class in ("咨询", "求助") and not is_again:
                return {"handler": "工作站"}
            names = list(self.town.departments)
            # A dissatisfied visitor gets another handler than before.
            name = names[names.index(matter.department) - 1] if is_again else matter.department
            return {"handler": "承办单位", "department": self.town.departments[name], "handle_days": 4}
        if task.node_id == "handle":
            return {"decision": "办理完成", "result_class": "AABD"[number % 4], "result": matter.result}
        if task.node_id == "station_handle":
            return {"result_class": "A", "result": matter.result}
        if task.node_id == "reply":
            first_try = number in UNREACHED_FIRST and self.acts_on.pop(f"tried:{task.instance_id}", None) is None
            self.acts_on[f"tried:{task.instance_id}"] = self.today
            reached = not first_try
            text = f"已告知来访人：{matter.result}" if reached else "电话无人接听。"
            return {"channel": "电话", "reached": reached, "content": text}
        if task.node_id == "feedback":
            again = number in DISSATISFIED and self.acts_on.pop(f"again:{task.instance_id}", None) is None
            self.acts_on[f"again:{task.instance_id}"] = self.today
            return {"satisfaction": "不满意" if again else self.chance.choice(["满意", "满意", "满意", "基本满意"])}
        return None

    def _decision(self) -> dict[str, Any]:
        """What the committee says to an objection: of five, the second and the fourth were right."""
        self.decided += 1
        if self.decided in (2, 4):
            return {"upheld": True, "points": 5, "opinion": "照片里有本人，按半程计分。"}
        return {"upheld": False, "opinion": "签到表和照片均无本人，维持原来的计分。"}

    def _board(self, business_key: str) -> dict[str, Any]:
        """Nobody is blamed for the months before the office began."""
        if Quarter.read(business_key.removeprefix("quarter:")).first_day >= self.first:
            return {"opinion": "同意。"}
        numbers = range(1, len(self.town.villages) + 1)
        return {"items": [{"number": number, "reason": story.BEFORE_THE_BEGINNING} for number in numbers]}

    def _object(self, day: date, period: str) -> None:
        """Some deputies hold against the published quarter that something was left out."""
        engine, month = self.workplace.engine, str(Quarter.read(period).months[1])
        with self._work_unit() as session:
            instance = processes.running_about(session, f"quarter:{period}")
            if instance is None:
                return
            for place in (12, 14, 25)[: 2 if self.decided == 0 else 3]:
                actor = self.town.actor(f"deputy{place}")
                offered = triggers.open_for(engine, session, actor, instance.id)
                if not offered:
                    return
                triggers.hand_in(
                    engine, session, actor, wait_id=offered[0].wait_id, answer={**story.LEFT_OUT, "month": month}
                )

    def _case_number(self, visit: int) -> str:
        instance = next(key for key, number in self.visits.items() if number == visit)
        with self.workplace.reading(self.town.subdistrict_id) as session:
            key = select(ProcessInstance.business_key).where(ProcessInstance.id == instance).scalar_subquery()
            return session.scalars(select(Case.number).where("case:" + Case.id == key)).one()

    def _self_assessment(self, day: date) -> dict[str, Any] | None:
        if self.chance.random() < 0.03:
            return None  # forgotten: the month goes to the station as it is
        answer: dict[str, Any] = {"truthful": True}
        if self.chance.random() < 0.13:
            answer["claims"] = [
                {**self.chance.choice(story.BONUSES), "occurred_on": (day - timedelta(days=6)).isoformat()}
            ]
        return answer

    def _review(self) -> dict[str, Any]:
        if self.returned < 9 and self.chance.random() < 0.05:
            self.returned += 1
            return {"decision": "退回", "opinion": "请补充佐证材料后重新提交。"}
        return {"decision": "同意"}

    def _work_unit(self) -> Any:
        return self.workplace.unit_of_work(self.town.subdistrict_id)


def _months_back(today: date, months: int) -> date:
    index = today.year * 12 + today.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)
