"""What leaves the house: registers and figures as files."""

from datetime import datetime

from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.reports import rules
from workflows.reports.rules import Period


def note_export(session: Session, actor: Actor, *, what: str, period: Period, station: str, at: datetime) -> None:
    """Somebody takes a file away: who, which, of what period.

    Raises:
        NotAllowed: neither the committee's nor a station's staff.
    """
    rules.stations_of(actor)
    audit.record(session, actor, "report.exported", f"period:{period.key}", at=at, what=what, station=station)
