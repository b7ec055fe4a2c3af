"""Process definitions over the API: list, check, publish."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel, Field

from service.api.operations import PREFIX, operation
from service.context import the_actor, the_workplace, today
from workflows.engine import definitions, packages
from workflows.engine.tables import ProcessDefinition
from workflows.people.rules import SCOPE_DESIGN, SCOPE_READ

bp = Blueprint("api_process_definitions", __name__, url_prefix=f"{PREFIX}/process-definitions")


class Definition(BaseModel):
    id: str
    key: str
    version: int
    name: str
    shared: bool = Field(description="in force for every sub-district that has no version of its own")
    schedule: str | None
    checksum: str
    published_at: datetime
    published_by: str


class Definitions(BaseModel):
    items: list[Definition]


class FoundFault(BaseModel):
    file: str
    element: str
    message: str


class Checked(BaseModel):
    ok: bool
    faults: list[FoundFault]


@bp.get("")
@operation("List the version in force of every process", scope=SCOPE_READ, gives=Definitions)
def index() -> Definitions:
    with the_workplace().reading(the_actor().subdistrict_id) as session:
        return Definitions(items=[_shown(row) for row in definitions.list_latest(session, today())])


@bp.post("/check")
@operation("Check a process package without publishing it", scope=SCOPE_DESIGN, takes_package=True, gives=Checked)
def check(package: bytes) -> Checked:
    workplace = the_workplace()
    with workplace.reading(the_actor().subdistrict_id) as session:
        faults = definitions.check(workplace.engine, packages.read_zip(package), session)
    found = [FoundFault(file=fault.file, element=fault.element, message=fault.message) for fault in faults]
    return Checked(ok=not found, faults=found)


@bp.post("")
@operation(
    "Publish a process package for this sub-district",
    scope=SCOPE_DESIGN,
    takes_package=True,
    gives=Definition,
    status=201,
)
def publish(package: bytes) -> Definition:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        return _shown(definitions.publish(workplace.engine, session, actor, package=packages.read_zip(package)))


def _shown(row: ProcessDefinition) -> Definition:
    return Definition(
        id=row.id,
        key=row.key,
        version=row.version,
        name=row.name,
        shared=row.subdistrict_id is None,
        schedule=row.schedule,
        checksum=row.checksum,
        published_at=row.published_at,
        published_by=row.published_by,
    )
