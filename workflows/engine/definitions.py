"""Publishing: a package becomes an immutable version. New instances start on it; running ones stay on theirs."""

import json
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine import packages, schedules, spiff, taking_effect
from workflows.engine.checking import sandbox
from workflows.engine.checking.fault import Fault, Words, words_of
from workflows.engine.checking.package_check import lanes
from workflows.engine.engine import Engine
from workflows.engine.packages import Package
from workflows.engine.tables import ProcessDefinition
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.storage.session import EVERYWHERE, scope_of
from workflows.storage.types import new_id

MAY_PUBLISH = "流程管理员"
_SOUND_KEPT = 64
_sound: set[tuple[str, str]] = set()


def check(engine: Engine, package: Package, session: Session | None = None) -> list[Fault]:
    """Every fault of a package at once.

    Args:
        session: when given, also asks whether anybody in its sub-district belongs to each lane.
    """
    words = words_of(
        engine.groups, engine.delegates, engine.facts.fields, engine.panels, engine.choices, engine.promises
    )
    faults = _judged(package, words)
    if session is not None and scope_of(session) != EVERYWHERE:
        faults += [
            Fault(
                lane.file,
                lane.element,
                f"泳道“{lane.name}”现在没有任何人员，走到这里的任务将无人办理。请先给人员分配这个身份。",
            )
            for lane in lanes(package)
            if lane.name in engine.groups and not engine.role_has_member(session, lane.name)
        ]
    return faults


def _judged(package: Package, words: Words) -> list[Fault]:
    """What the checks say; what was found sound is not judged again when it is published a moment later."""
    about = (package.checksum, json.dumps(words.plain(), sort_keys=True))
    if about in _sound:
        return []
    faults = sandbox.judge(package, words)
    if not faults:
        if len(_sound) >= _SOUND_KEPT:
            _sound.clear()
        _sound.add(about)
    return faults


def publish(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    package: Package,
    shared: bool = False,
    at_once: bool = False,
) -> ProcessDefinition:
    """Check a package and make it the newest version of its process.

    Publishing the same content again returns the version that is already there. The first version of a process is in
    force at once, every other one when the package says (`taking_effect`).

    Args:
        shared: for every sub-district instead of the actor's own.
        at_once: whatever the package says; for a correction that the committee decided on.

    Raises:
        NotAllowed: the actor is not a process administrator.
        Invalid: the package has faults; `fields` maps each element to its sentence.
    """
    if not (actor.is_clock or actor.has_role(MAY_PUBLISH)):
        raise NotAllowed("只有流程管理员可以发布流程。")
    faults = check(engine, package, session)
    if faults:
        raise Invalid(
            "流程包“{name}”有 {count} 处问题，没有发布。第一处：{first}",
            fields={f"{fault.file}#{fault.element}": fault.message for fault in faults},
            name=package.name,
            count=len(faults),
            first=faults[0].message,
        )
    owner = None if shared else actor.subdistrict_id
    newest = _newest(session, package.key, owner)
    if newest is not None and newest.checksum == package.checksum:
        return newest
    compiled, today = spiff.build(package), beijing_date(engine.clock())
    is_first = not list_latest(session, today, package.key)
    effective_on = None if is_first or at_once else taking_effect.first_day(package.takes_effect, today)
    definition = ProcessDefinition(
        id=new_id(),
        subdistrict_id=owner,
        key=package.key,
        version=_last_number(session, package.key) + 1,
        name=package.name,
        checksum=package.checksum,
        package=packages.write_zip(package),
        schedule=compiled.schedule,
        effective_on=effective_on,
        published_at=engine.clock(),
        published_by=actor.name,
    )
    session.add(definition)
    session.flush()
    if effective_on is None:
        schedules.plan(engine, session, definition)  # otherwise `jobs.reconcile` does when its day has come
    audit.record(
        session,
        actor,
        "process.published",
        f"process_definition:{definition.id}",
        at=engine.clock(),
        key=definition.key,
        version=definition.version,
        checksum=definition.checksum,
        effective_on=effective_on.isoformat() if effective_on else "",
    )
    return definition


def latest(session: Session, key: str, on: date) -> ProcessDefinition:
    """The version that new instances of the session's sub-district start on, on a day.

    Raises:
        NotFound: the process was never published.
    """
    found = {definition.key: definition for definition in list_latest(session, on, key)}
    if key not in found:
        raise NotFound("没有名为“{key}”的流程，请让流程管理员先发布。", key=key)
    return found[key]


def list_latest(session: Session, on: date, key: str | None = None) -> list[ProcessDefinition]:
    """The version in force of every process on a day: the sub-district's own before the shared one.

    Seen from everywhere only the shared ones are in force: no street's own version stands for the others.
    """
    in_effect = or_(ProcessDefinition.effective_on.is_(None), ProcessDefinition.effective_on <= on)
    query = select(ProcessDefinition).where(_visible(session), in_effect)
    if scope_of(session) == EVERYWHERE:
        query = query.where(ProcessDefinition.subdistrict_id.is_(None))
    if key is not None:
        query = query.where(ProcessDefinition.key == key)
    in_force: dict[str, ProcessDefinition] = {}
    for definition in session.scalars(query.order_by(ProcessDefinition.version)):
        other = in_force.get(definition.key)
        if other is None or definition.subdistrict_id is not None or other.subdistrict_id is None:
            in_force[definition.key] = definition
    return sorted(in_force.values(), key=lambda definition: definition.key)


def waiting(session: Session, on: date) -> list[ProcessDefinition]:
    """The versions that are published and not in force yet, by the day on which they will be."""
    query = select(ProcessDefinition).where(_visible(session), ProcessDefinition.effective_on > on)
    return list(session.scalars(query.order_by(ProcessDefinition.effective_on, ProcessDefinition.key)))


def versions(session: Session, key: str) -> list[ProcessDefinition]:
    """All versions of a process that this sub-district may see, newest first."""
    query = select(ProcessDefinition).where(_visible(session), ProcessDefinition.key == key)
    return list(session.scalars(query.order_by(ProcessDefinition.published_at.desc())))


def get(session: Session, definition_id: str) -> ProcessDefinition:
    """One version.

    Raises:
        NotFound: no such version in this sub-district.
    """
    query = select(ProcessDefinition).where(_visible(session), ProcessDefinition.id == definition_id)
    definition = session.scalar(query)
    if definition is None:
        raise NotFound("没有这个流程版本，请刷新页面。")
    return definition


def package_of(session: Session, definition_id: str) -> Package:
    """The package as it was published.

    Raises:
        NotFound: no such version in this sub-district.
    """
    query = select(ProcessDefinition.package).where(_visible(session), ProcessDefinition.id == definition_id)
    content = session.scalar(query)
    if content is None:
        raise NotFound("没有这个流程版本，请刷新页面。")
    return packages.read_zip(content)


def _visible(session: Session):  # type: ignore[no-untyped-def]
    scope = scope_of(session)
    if scope == EVERYWHERE:
        return ProcessDefinition.id.is_not(None)
    return or_(ProcessDefinition.subdistrict_id.is_(None), ProcessDefinition.subdistrict_id == scope)


def _newest(session: Session, key: str, owner: str | None) -> ProcessDefinition | None:
    query = select(ProcessDefinition).where(
        ProcessDefinition.key == key,
        ProcessDefinition.subdistrict_id.is_(None) if owner is None else ProcessDefinition.subdistrict_id == owner,
    )
    return session.scalar(query.order_by(ProcessDefinition.version.desc()).limit(1))


def _last_number(session: Session, key: str) -> int:
    """Numbers go on across a street's own versions and the shared ones: "version 3" names one of them."""
    query = select(func.max(ProcessDefinition.version)).where(_visible(session), ProcessDefinition.key == key)
    return session.scalar(query) or 0
