"""The four ways in which work can be refused.

Each carries a Chinese sentence fit for a person: what happened and what to do. The sentence is a
gettext message with named placeholders, so that a door can show it in another language:
``NotFound("没有编号为 {task} 的任务，请刷新列表。", task=task_id)``.
"""

from collections.abc import Mapping


class WorkError(Exception):
    """A refusal that a person can read.

    Attributes:
        message: the untranslated sentence, with ``{name}`` placeholders.
        params: what fills the placeholders.
    """

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return self.message.format(**self.params) if self.params else self.message


class NotFound(WorkError):
    """No such thing, or none that this person may know of."""


class NotAllowed(WorkError):
    """It exists, and this person may see it, but may not do this."""


class Conflict(WorkError):
    """Somebody else was first, or the thing is no longer in the state this needs."""


class Invalid(WorkError):
    """What was given does not fit.

    Attributes:
        fields: field key -> Chinese sentence shown at that field.
    """

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None, **params: object) -> None:
        super().__init__(message, **params)
        self.fields: dict[str, str] = dict(fields or {})
