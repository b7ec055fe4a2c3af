"""What a check finds, and the words a diagram may use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from workflows.engine.promises import Promise


@dataclass(frozen=True)
class Fault:
    """One reason why a package may not run.

    Attributes:
        file: path inside the package.
        element: id of the element, "" for the file itself.
        message: Chinese; names the element and says what to do.
    """

    file: str
    element: str
    message: str


@dataclass(frozen=True)
class DelegateWords:
    """What a service task must know about one delegate."""

    parameters: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    returns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """Everything a diagram may name, as plain data that can be sent to another process.

    Attributes:
        facts: fact source -> its fields.
        choices: option sources of forms; None when the caller does not know them.
        promises: process -> what no diagram of it may drop.
    """

    groups: frozenset[str]
    delegates: Mapping[str, DelegateWords]
    facts: Mapping[str, frozenset[str]]
    panels: frozenset[str]
    choices: frozenset[str] | None = None
    promises: Mapping[str, tuple[Promise, ...]] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "groups": sorted(self.groups),
            "delegates": {
                name: [list(each.parameters), sorted(each.optional), list(each.returns)]
                for name, each in self.delegates.items()
            },
            "facts": {name: sorted(fields) for name, fields in self.facts.items()},
            "panels": sorted(self.panels),
            "choices": None if self.choices is None else sorted(self.choices),
            "promises": {
                key: [[each.name, sorted(each.kept_by), sorted(each.undone_by)] for each in promises]
                for key, promises in self.promises.items()
            },
        }

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Words":
        """What `plain` wrote."""
        return cls(
            groups=frozenset(data["groups"]),
            delegates={
                name: DelegateWords(tuple(parameters), frozenset(optional), tuple(returns))
                for name, (parameters, optional, returns) in data["delegates"].items()
            },
            facts={name: frozenset(fields) for name, fields in data["facts"].items()},
            panels=frozenset(data["panels"]),
            choices=None if data["choices"] is None else frozenset(data["choices"]),
            promises={
                key: tuple(Promise(name, frozenset(kept), frozenset(undone)) for name, kept, undone in promises)
                for key, promises in data["promises"].items()
            },
        )


def words_of(
    groups: Iterable[str],
    delegates: Iterable[Any],
    facts: Mapping[str, Iterable[str]],
    panels: Iterable[str],
    choices: Iterable[str] | None = None,
    promises: Mapping[str, tuple[Promise, ...]] | None = None,
) -> Words:
    """The words of a house: lane names, delegate registry, facts, panels, option sources, promises."""
    return Words(
        groups=frozenset(groups),
        delegates={
            each.name: DelegateWords(tuple(each.parameters), frozenset(each.optional), tuple(each.returns))
            for each in delegates
        },
        facts={name: frozenset(fields) for name, fields in facts.items()},
        panels=frozenset(panels),
        choices=None if choices is None else frozenset(choices),
        promises=promises or {},
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """“您是不是要写……？” or what there is to choose from, as the end of a sentence."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"是不是“{close[0]}”？"
    if not names:
        return "这里现在没有可用的名称。"
    more = " 等" if len(names) > 12 else ""
    return f"可用的有：{'、'.join(names[:12])}{more}。"
