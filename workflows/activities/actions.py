"""What organisers do: record an activity, its attendance and its evidence. Facts are recorded once, here."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.activities import queries, rules
from workflows.activities.rules import EvidenceKind
from workflows.activities.tables import Activity, Attendance, Evidence
from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine.engine import Engine
from workflows.errors import Invalid
from workflows.people import queries as people
from workflows.people.rules import UnitKind
from workflows.storage import files
from workflows.storage.session import scope_of

_SHA256 = re.compile(r"[0-9a-f]{64}")


def record_activity(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    held_on: date,
    kind: str,
    title: str,
    place: str = "",
    station_id: str | None = None,
    organiser_id: str | None = None,
) -> Activity:
    """Register that something took place.

    Args:
        station_id: the station it belongs to; None for one of the whole sub-district.
        organiser_id: the unit that organised it; the station unless told otherwise.

    Raises:
        NotAllowed: neither the committee's nor this station's staff.
        NotFound: no such unit.
        Invalid: no title, no such kind, a day that has not come, or a unit that is not a station.
    """
    rules.check_may_record(actor, station_id)
    dimension = rules.dimension_of(kind)
    if not title.strip():
        raise Invalid("请填写活动名称。", fields={"title": "请填写活动名称。"})
    if held_on > beijing_date(engine.clock()):
        raise Invalid("活动还没有举行，请在举行之后登记。", fields={"held_on": "日期不能晚于今天。"})
    if station_id and people.unit(session, station_id).kind != UnitKind.STATION:
        raise Invalid("请选择一个代表工作站。", fields={"station_id": "请选择一个代表工作站。"})
    if organiser_id:
        people.unit(session, organiser_id)
    activity = Activity(
        held_on=held_on,
        dimension=dimension.value,
        kind=kind,
        title=title.strip(),
        place=place.strip(),
        station_id=station_id,
        organiser_id=organiser_id or station_id,
        recorded_by=actor.name,
        recorded_at=engine.clock(),
    )
    session.add(activity)
    session.flush()
    audit.record(
        session,
        actor,
        "activity.recorded",
        f"activity:{activity.id}",
        at=engine.clock(),
        kind=kind,
        held_on=held_on.isoformat(),
    )
    return activity


def record_item(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    source_key: str,
    kind: str,
    title: str,
    station_id: str | None,
    states: Mapping[str, str],
) -> Activity:
    """Enter an item that is kept elsewhere, with those who signed it; once, however often it is called (Q24).

    Args:
        source_key: names the item, ``suggestion:<id>``.
        states: person id -> 领衔 or 附议.

    Raises:
        As `record_activity` and `record_attendance`.
    """
    activity = queries.activity_of(session, source_key)
    if activity is None:
        today = beijing_date(engine.clock())
        activity = record_activity(engine, session, actor, held_on=today, kind=kind, title=title, station_id=station_id)
        activity.source_key = source_key
    record_attendance(engine, session, actor, activity_id=activity.id, states=states)
    return activity


def record_attendance(
    engine: Engine, session: Session, actor: Actor, *, activity_id: str, states: Mapping[str, str]
) -> list[Attendance]:
    """Write the attendance sheet, or correct it: what is given replaces what stood there.

    Args:
        states: person id -> 到会, 半程, 请假, 缺席 (of an item: 领衔, 附议).

    Raises:
        NotFound: no such activity.
        NotAllowed: neither the committee's nor this station's staff.
        Invalid: a person without a seat on that day, or a state that does not fit.
    """
    activity = queries.activity(session, activity_id)
    rules.check_may_record(actor, activity.station_id)
    seats = {seat.person_id: seat for seat in people.deputies_on(session, activity.held_on)}
    strangers = set(states) - set(seats)
    if strangers:
        raise Invalid("{count} 人在活动当天不是议政代表，请从名单中去掉。", count=len(strangers))
    sheet = {
        row.person_id: row for row in session.scalars(select(Attendance).where(Attendance.activity_id == activity.id))
    }
    for person_id, state in states.items():
        fitting = rules.check_state_fits(activity.kind, state).value
        row = sheet.get(person_id)
        if row is None:
            row = sheet[person_id] = Attendance(
                activity_id=activity.id, person_id=person_id, group_id=seats[person_id].group_id
            )
            session.add(row)
        row.state, row.recorded_by, row.recorded_at = fitting, actor.name, engine.clock()
    session.flush()
    audit.record(
        session,
        actor,
        "attendance.recorded",
        f"activity:{activity.id}",
        at=engine.clock(),
        states=dict(sorted(states.items())),
    )
    return [sheet[person_id] for person_id in states]


def attach_evidence(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    activity_id: str,
    file_id: str,
    sha256: str,
    kind: str,
    caption: str = "",
    print_of_picture: str = "",
    taken_on: date | None = None,
) -> Evidence:
    """Attach a stored file to an activity. Safe to do twice.

    Args:
        sha256: of the file's content, lower-case hexadecimal.
        print_of_picture, taken_on: as `storage.files.StoredFile` has them.

    Raises:
        NotFound: no such activity.
        NotAllowed: neither the committee's nor this station's staff.
        Invalid: no such kind of evidence, or no checksum.
    """
    activity = queries.activity(session, activity_id)
    rules.check_may_record(actor, activity.station_id)
    if kind not in rules.EVIDENCE_KINDS:
        raise Invalid("没有“{kind}”这种佐证材料，请从清单中选择。", kind=kind)
    if not _SHA256.fullmatch(sha256):
        raise Invalid("文件没有完整保存，请重新上传。")
    earlier = session.scalar(select(Evidence).where(Evidence.activity_id == activity.id, Evidence.file_id == file_id))
    if earlier is not None:
        return earlier
    evidence = Evidence(
        activity_id=activity.id,
        file_id=file_id,
        sha256=sha256,
        kind=kind,
        caption=caption.strip(),
        print_of_picture=print_of_picture,
        same_as_id=queries.picture_shown_before(session, activity, print_of_picture),
        taken_on=taken_on,
        added_by=actor.name,
        added_at=engine.clock(),
    )
    session.add(evidence)
    session.flush()
    audit.record(
        session,
        actor,
        "evidence.attached",
        f"activity:{activity.id}",
        at=engine.clock(),
        kind=kind,
        sha256=sha256,
    )
    return evidence


def attach_files(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    activity_id: str,
    file_ids: Iterable[str],
    kind: EvidenceKind,
) -> list[Evidence]:
    """Attach stored files with what is known about them.

    Raises:
        NotFound: no such activity or file.
        NotAllowed: neither the committee's nor this station's staff.
    """
    attached = []
    for file_id in file_ids:
        stored = files.find(engine.home, scope_of(session), file_id)
        attached.append(
            attach_evidence(
                engine,
                session,
                actor,
                activity_id=activity_id,
                file_id=stored.id,
                sha256=stored.sha256,
                kind=kind.value,
                print_of_picture=stored.print_of_picture if kind is EvidenceKind.PHOTO else "",
                taken_on=date.fromisoformat(stored.taken_on) if stored.taken_on else None,
            )
        )
    return attached


def destroy_evidence(session: Session, actor: Actor, *, home: Path, held_before: date, at: datetime) -> int:
    """Destroy the files that prove activities before a day; that they were there, and their hashes, stay (Q46).

    Files of earlier times are looked for again: a crash right after the rows were written may have left them.

    Args:
        home: the data folder with the stored files.

    Returns:
        how many files.
    """
    old = queries.evidence_before(session, held_before)
    kept = [evidence for evidence in old if evidence.removed_at is None]
    for evidence in kept:
        evidence.removed_at = at
        audit.record(session, actor, "evidence.destroyed", f"activity:{evidence.activity_id}", at=at)
    files.remove_once_written(session, home, [(evidence.subdistrict_id, evidence.file_id) for evidence in old])
    return len(kept)
