"""What an office promises about every instance of a process, whatever else its diagram holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One promise that no edited diagram may drop.

    Attributes:
        name: what is promised, in the office's words: 结果有反馈.
        kept_by: milestones each of which keeps it.
        undone_by: milestones after which it has to be kept once more.
    """

    name: str
    kept_by: frozenset[str]
    undone_by: frozenset[str] = frozenset()
