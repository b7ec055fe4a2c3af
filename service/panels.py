"""Panels: parts of a task form that show business rows (a case's summary, the lines of a month).

A form names a panel by its key; `service/app.py` holds the table of who draws which. A panel is drawn inside the
form. One that takes rows gets them in ``field.rows`` and may draw their inputs with ``macros/form.html``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from markupsafe import Markup
from sqlalchemy.orm import Session

from service import context
from service.language import translate as _
from workflows.actor import Actor
from workflows.engine import store
from workflows.engine.engine import Engine
from workflows.engine.forms import FieldView
from workflows.engine.triggers import TriggerView
from workflows.engine.user_tasks import TaskView
from workflows.errors import NotFound


@dataclass(frozen=True)
class PanelContext:
    """What a panel is drawn from. Rows may be read through `session`; nothing may be written."""

    engine: Engine
    session: Session
    actor: Actor
    view: TaskView | TriggerView
    field: FieldView

    @property
    def subject(self) -> str:
        """What the instance is about: ``42`` of the business key ``case:42``."""
        return self.view.instance.business_key.partition(":")[2]

    def step_data(self, name: str | None = None) -> Mapping[str, Any]:
        """What the waiting step sees; with a name, that part of it.

        Raises:
            NotFound: the step is over.
        """
        running = store.thaw(self.engine, self.session, self.actor, self.view.instance)
        for token, _node, data, _lane in running.execution.ready():
            if token == self.view.token and (name is None or name in data):
                return dict(data) if name is None else dict(data[name])
        raise NotFound("这一步已经办完。")


Panel = Callable[[PanelContext], Markup]


def draw(panel: PanelContext, key: str) -> Markup:
    """The panel's HTML; a sentence instead when what it shows has gone."""
    table = cast(Mapping[str, Panel], context.setting("PANELS"))
    try:
        return table[key](panel)
    except NotFound:
        return Markup('<p class="quiet">{}</p>').format(_("这部分内容已经不存在。"))
