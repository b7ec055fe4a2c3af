"""What a form is made of: fields, their types and settings. Pure data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Options = Sequence[tuple[str, str]]
"""Value and Chinese label, in order."""

Choices = Mapping[str, Options]
"""Options that are rows (departments, deputies …), by the name of their source."""

FIELD_LIMIT = 60
ROW_FIELD_LIMIT = 20
ROW_LIMIT = 100  # rows of one list
OPTION_LIMIT = 200
FILE_LIMIT = 20  # files at one field
TEXT_LIMIT = 10_000  # characters of any text
TEXT_DEFAULT = 200
TEXTAREA_DEFAULT = 5_000
RATING_DEFAULT = 5

TEXTS = frozenset({"text", "textarea", "phone"})
SINGLE_CHOICES = frozenset({"select", "radio", "user", "org"})
CHOICES = SINGLE_CHOICES | {"checks"}
SEVERAL = frozenset({"checks", "files", "list"})
TYPES = TEXTS | CHOICES | {"number", "date", "yesno", "files", "rating", "note", "panel", "list"}

RATING_LABELS = ("很不满意", "不满意", "一般", "满意", "很满意")


@dataclass(frozen=True)
class ShowIf:
    """A condition under which a field is shown: an earlier field compared with a value.

    Attributes:
        op: ``==``, ``!=``, ``in`` or ``not_empty``. At a field with several values ``==`` means
            "holds this one".
    """

    field: str
    op: str
    value: Any = None


@dataclass(frozen=True)
class Field:
    """One question, note or panel.

    Attributes:
        min, max: of a number its bounds; of a date ISO dates; of checks, files and lists how many; of a
            rating the best grade (`max` only).
        step: a number must be a multiple of it (0.5: half points).
        maxlen: characters of a text.
        options, options_from: what can be chosen; of a text what is proposed, and anything else may be typed.
        default: an expression for the value to begin with.
        show_if: it is shown while all of these hold.
        seldom: rarely filled in, so a page may fold it away.
        panel: who draws it, for type panel (or for a list that is drawn in its own way).
        fields: of a list, or of a panel that takes rows, the fields of one row.
    """

    key: str
    type: str
    label: str
    help: str = ""
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    options_from: str | None = None
    min: float | str | None = None
    max: float | str | None = None
    step: float | None = None
    maxlen: int | None = None
    show_if: tuple[ShowIf, ...] = ()
    seldom: bool = False
    default: str | None = None
    panel: str | None = None
    fields: tuple["Field", ...] = ()

    @property
    def has_rows(self) -> bool:
        return bool(self.fields)

    @property
    def takes_answer(self) -> bool:
        """Whether an answer holds a value for it: notes and read-only panels have none."""
        return self.type != "note" and (self.type != "panel" or self.has_rows)

    @property
    def holds_several(self) -> bool:
        return self.type in SEVERAL or self.has_rows

    @property
    def empty(self) -> Any:
        """What stands in an answer for "nothing given", so that expressions never miss a key."""
        if self.holds_several:
            return []
        return "" if self.type in TEXTS else None

    @property
    def length(self) -> int:
        """The longest permitted text, in characters."""
        return self.maxlen or (TEXTAREA_DEFAULT if self.type == "textarea" else TEXT_DEFAULT)

    @property
    def most(self) -> int:
        """How many rows, files or chosen options at most; of a rating its best grade."""
        fallback = {"files": FILE_LIMIT, "checks": OPTION_LIMIT, "rating": RATING_DEFAULT}.get(self.type, ROW_LIMIT)
        return int(self.max) if self.max is not None else fallback

    @property
    def least(self) -> int:
        return int(self.min) if self.min is not None else int(self.required)


def options_of(field: Field, choices: Choices) -> Options:
    """The options of a field, written in the form or taken from their source."""
    if field.type == "rating":
        return field.options or _grades(field.most)
    return choices.get(field.options_from, ()) if field.options_from else field.options


def _grades(best: int) -> Options:
    if best == len(RATING_LABELS):
        return [(str(grade), label) for grade, label in enumerate(RATING_LABELS, 1)]
    return [(str(grade), f"{grade} 分") for grade in range(1, best + 1)]
