"""What a visit will lead to, told while it is typed: how and by when it is answered, where the visitor is guided.

Asks the decision tables of the published diagram, which the diagram itself will ask, and knows no rule of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workflows.engine import instances
from workflows.engine.engine import Engine
from workflows.workdays.queries import working_calendar
from workflows.workdays.rules import Deadline

CLOCK, GUIDANCE = "matter_clock", "guidance"


@dataclass(frozen=True)
class Forecast:
    """What the tables say about a visit.

    Attributes:
        way: how it is answered, in the table's word; "" when nothing can be said yet.
        due: the last day for the reply, with its reason; None without a reply clock.
        guidance: what somebody is told whose matter is not taken in; "" when the table proposes nothing.
    """

    way: str = ""
    due: Deadline | None = None
    guidance: str = ""


def of_visit(engine: Engine, session: Session, process: str, answer: Mapping[str, Any], today: date) -> Forecast:
    """What the newest version of a process says about an answer to its start form, however far that is filled in."""
    if not answer.get("matter_class"):
        return Forecast()
    received = date.fromisoformat(answer.get("received_on") or today.isoformat())
    visit = {"anonymous": bool(answer.get("anonymous")), "received_on": received.isoformat()}
    data = {"start": answer, "case": visit}
    clock = instances.decided_before_start(engine, session, key=process, decision_id=CLOCK, data=data) or {}
    said = instances.decided_before_start(engine, session, key=process, decision_id=GUIDANCE, data=data) or {}
    days = clock.get("working_days") or 0
    due = working_calendar(session).explain(received, int(days)) if days and received <= today else None
    return Forecast(str(clock.get("way") or ""), due, str(said.get("text") or ""))
