"""Short words for what people do about reception days, on the real engine with a clock that is moved."""

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from service.demo_town import TERM
from tests.factories import SEATED_ON, DeputySeat, Town
from workflows.clock import MovableClock, beijing_date
from workflows.engine import definitions, instances, jobs, packages, triggers, user_tasks
from workflows.engine.tables import History, ProcessInstance, UserTask
from workflows.notifications.tables import OutboxMessage
from workflows.people import actions as people
from workflows.people.rules import MandateKind, MandateLevel
from workflows.receptions import queries
from workflows.receptions.tables import ReceptionSession
from workflows.storage.session import EVERYWHERE
from workflows.workdays import actions as workdays

BPMN = Path(__file__).parents[2] / "bpmn"
PACKAGES = ("reception_day", "reception_plan", "reception_duty")
DISTRICT_DEPUTIES = (2, 5)  # one of each village of the small town


class House:
    """A small town that holds reception days. Deputies 2 and 5 are deputies of the district too."""

    def __init__(self, town: Town, clock: MovableClock) -> None:
        self.town, self.clock, self.workplace = town, clock, town.workplace
        with self.workplace.unit_of_work(None) as session:
            workdays.seed_national_days(session, town.clock_actor, at=clock())
        with self.workplace.unit_of_work(town.subdistrict_id) as session:
            for number in DISTRICT_DEPUTIES:
                people.seat_deputy(
                    session,
                    town.clock_actor,
                    person_id=self.seat(number).person_id,
                    term=TERM,
                    group_id=self.seat(number).group_id,
                    valid_from=SEATED_ON,
                    at=clock(),
                    kind=MandateKind.DEPUTY,
                    level=MandateLevel.DISTRICT,
                )

    def publish(self, *keys: str) -> None:
        for key in keys or PACKAGES:
            package = packages.read_folder(BPMN / key)
            with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
                admin = self.town.actor("admin")
                definitions.publish(self.workplace.engine, session, admin, package=package, shared=True)

    def seat(self, number: int) -> DeputySeat:
        """The deputy of the login ``deputy01`` is number 1; number 6 has no account."""
        return self.town.deputies[number - 1]

    def people(self, *numbers: int) -> list[str]:
        return [self.seat(number).person_id for number in numbers]

    def station(self, number: int = 1) -> str:
        return self.town.villages[number - 1].station_id

    # -------------------------------------------------------------------------------------- one session

    def arrange(self, held_on: date, login: str = "station1a", **changes: Any) -> str:
        """Put a session into the books as staff do; the id of the session."""
        answer = {"held_on": held_on.isoformat(), "starts": "09:00", "ends": "11:00", "kind": "例行", **changes}
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            instance = instances.start(
                self.workplace.engine, session, self.town.actor(login), key="reception_day", start=answer
            )
            return instance.business_key.partition(":")[2]

    def rostered(self, held_on: date, *numbers: int, **changes: Any) -> str:
        """A session whose roster is settled."""
        reception = self.arrange(held_on, **changes)
        self.pass_time_to(max(self.session(reception).roster_on or held_on, beijing_date(self.clock())))
        self.do(reception, "settle_roster", {"deputies": self.people(*(numbers or (1, 2)))})
        return reception

    def hold(self, reception: str, **changes: Any) -> None:
        """Let the day come and write it up: everybody was there."""
        self.pass_time_to(self.session(reception).held_on, time(18))
        with self.reading() as session:
            sheet = [{"person": each.entry.person_id, "state": "到会"} for each in queries.on_duty(session, reception)]
        answer = {"sheet": sheet, "also": [], "photos": [], "remarks": "来访多为道路积水。"}
        self.do(reception, "write_up", {**answer, **changes})

    def do(self, reception: str, node: str, answer: Mapping[str, Any], login: str | None = None) -> None:
        self.complete(self.instance(reception), node, answer, login)

    def complete(
        self, instance: ProcessInstance, node: str, answer: Mapping[str, Any], login: str | None = None
    ) -> None:
        """Complete the waiting step of that name; with a login the one that this person may do."""
        actor = self.town.actor(login) if login else None
        task = next(
            task
            for task in self.tasks(instance)
            if task.node_id == node and (actor is None or user_tasks.may_work_on(actor, task))
        )
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            actor = actor or self.town.actor(self.login_for(task))
            user_tasks.complete(self.workplace.engine, session, actor, task_id=task.id, answer=dict(answer))

    def offered(self, reception: str, login: str) -> list[str]:
        """What somebody may do about a session besides tasks."""
        with self.reading() as session:
            found = triggers.open_for(
                self.workplace.engine, session, self.town.actor(login), self.instance(reception).id
            )
            return [trigger.node_id for trigger in found]

    def trigger(self, reception: str, node: str, answer: Mapping[str, Any], login: str) -> None:
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            actor, engine = self.town.actor(login), self.workplace.engine
            found = triggers.open_for(engine, session, actor, self.instance(reception).id)
            wait_id = next(each.wait_id for each in found if each.node_id == node)
            triggers.hand_in(engine, session, actor, wait_id=wait_id, answer=dict(answer))

    def login_for(self, task: UserTask) -> str:
        """Somebody whom a waiting step waits for."""
        for login in sorted(self.town.actors):
            actor = self.town.actor(login)
            if task.assignee == actor.id or (task.assignee is None and task.candidate in actor.candidate_keys):
                return login
        raise LookupError(f"nobody can do {task.node_id}")

    # --------------------------------------------------------------------------------------------- time

    def pass_time_to(self, day: date, at: time = time(9)) -> None:
        """Every day has its own sweep, as it has with a worker that runs."""
        first = beijing_date(self.clock())
        for ordinal in range(first.toordinal(), day.toordinal() + 1):
            self.clock.set_beijing(date.fromordinal(ordinal), at)
            jobs.sweep(self.workplace.engine, self.workplace.database)

    # ------------------------------------------------------------------------------------------ what is

    def session(self, reception: str) -> ReceptionSession:
        with self.reading() as session:
            return queries.get(session, reception)

    def sessions(self) -> list[ReceptionSession]:
        with self.reading() as session:
            return queries.between(session, date(2000, 1, 1), date(2100, 1, 1))

    def instance(self, reception: str) -> ProcessInstance:
        with self.reading() as session:
            instance = queries.instance_of(session, queries.get(session, reception))
            assert instance is not None
            return instance

    def instance_about(self, business_key: str) -> ProcessInstance:
        with self.reading() as session:
            query = select(ProcessInstance).where(ProcessInstance.business_key == business_key)
            return session.scalars(query).one()

    def tasks(self, instance: ProcessInstance) -> list[UserTask]:
        with self.reading() as session:
            query = select(UserTask).where(UserTask.instance_id == instance.id, UserTask.status == "open")
            return list(session.scalars(query.order_by(UserTask.id)))

    def waits_at(self, reception: str) -> list[str]:
        return sorted(task.node_id for task in self.tasks(self.instance(reception)))

    def roster(self, reception: str) -> dict[str, str]:
        """Name -> answer of everybody who is or was on the roster."""
        with self.reading() as session:
            return {each.name: each.entry.answer for each in queries.roster(session, reception)}

    def names(self, *numbers: int) -> set[str]:
        return {self.seat(number).name for number in numbers}

    def history(self, instance: ProcessInstance) -> list[History]:
        with self.reading() as session:
            return list(session.scalars(select(History).where(History.instance_id == instance.id).order_by(History.id)))

    def milestones(self, reception: str) -> list[str]:
        return [row.milestone for row in self.history(self.instance(reception)) if row.milestone]

    def ends(self, instance: ProcessInstance) -> list[str]:
        """The end events that were reached, in their order."""
        return [row.node_id for row in self.history(instance) if row.kind == "ended"]

    def ended_at(self, reception: str) -> str:
        """The end event of the main flow; empty while it runs."""
        instance = self.instance(reception)
        return "" if instance.status == "running" else self.ends(instance)[-1]

    def told_by(self, key: str, step: str) -> set[str]:
        """Who had a notice from a step about a subject (``reception:…``, ``reception_month:…``)."""
        logins = {actor.id: login for login, actor in self.town.actors.items()}
        with self.reading() as session:
            query = select(OutboxMessage).where(OutboxMessage.subject_key.startswith(f"{key}:{step}"))
            return {logins[message.recipient_id] for message in session.scalars(query)}

    def count_told(self, reception: str, step: str) -> int:
        """How many notices a step wrote about a session, to whomever."""
        with self.reading() as session:
            key = OutboxMessage.subject_key.startswith(f"reception:{reception}:{step}")
            return session.scalar(select(func.count()).select_from(OutboxMessage).where(key)) or 0

    def told(self, reception: str, step: str) -> set[str]:
        return self.told_by(f"reception:{reception}", step)

    def reading(self) -> Any:
        return self.workplace.reading(self.town.subdistrict_id)

    def breaches(self) -> list[tuple[str, str]]:
        with self.workplace.database.reading(EVERYWHERE) as session:
            return queries.breaches(session)
