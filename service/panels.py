"""Panels: parts of a task form that are not fields but a view of business rows (a case's summary, a month's lines).

A form names a panel by its key; `service/app.py` holds the table of who draws which. A panel is drawn inside the
form, so it may contain inputs of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from service import context
from workflows.actor import Actor
from workflows.engine.engine import Engine
from workflows.engine.user_tasks import TaskView
from workflows.errors import NotFound


@dataclass(frozen=True)
class PanelContext:
    """What a panel is drawn from.

    Attributes:
        name: the key of the form field that holds the panel: the prefix of its own inputs, if it has any.
        values: what was typed so far, by field key.
        errors: sentences by field key.
    """

    engine: Engine
    session: Session
    actor: Actor
    view: TaskView
    name: str
    values: Mapping[str, Any]
    errors: Mapping[str, str]

    @property
    def subject(self) -> str:
        """What the instance is about: ``42`` of the business key ``case:42``."""
        return self.view.instance.business_key.partition(":")[2]


Panel = Callable[[PanelContext], Markup]


def draw(key: str, panel: PanelContext) -> Markup:
    """The panel's HTML; a sentence instead when what it shows has gone."""
    table = cast(Mapping[str, Panel], context.setting("PANELS"))
    try:
        return table[key](panel)
    except NotFound:
        return Markup('<p class="quiet">{}</p>').format(_("这部分内容已经不存在。"))
