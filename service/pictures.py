"""Server-drawn pictures of processes with their tokens."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup
from sqlalchemy.orm import Session

from workflows.engine import diagrams, queries
from workflows.engine.diagram_reading import read
from workflows.engine.engine import Engine
from workflows.engine.tables import ProcessInstance


@dataclass(frozen=True)
class Drawing:
    """One sheet of a process: the process itself, or one that it calls."""

    name: str
    svg: Markup


def instance_drawings(engine: Engine, session: Session, instance: ProcessInstance, today: date) -> list[Drawing]:
    """Where an instance stands: its main sheet, and those of called processes that it has reached."""
    bpmn = engine.specs.get(session, instance.definition_id).diagram
    marks = queries.progress(session, instance.id, today)
    sheets = [
        (sheet, name)
        for number, (sheet, name) in enumerate(diagrams.planes(bpmn))
        if number == 0 or any(shape.id in marks for shape in read(bpmn, sheet).shapes)
    ]
    # The renderer escapes every text of the diagram itself and emits nothing but shapes.
    return [
        Drawing(name, Markup(diagrams.render(bpmn, marks=marks, plane=sheet)))  # noqa: S704
        for sheet, name in sheets
    ]
