"""The small pictures in a diagram: what kind of task, what an event waits for, what a gateway does, what state."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from workflows.engine import svg

INK = "#334e68"
WHITE = "#ffffff"
GREEN = "#1f7a3f"
BLUE = "#1452a3"
RED = "#b3121d"
PLUM = "#6b2a6b"
AMBER = "#8a5a00"

# ----------------------------------------------------------------------- type icons of tasks, 16 × 16

_ICONS: Mapping[str, tuple[str, ...]] = {
    "userTask": ("M8 8.2a3.2 3.2 0 1 0 0-6.4a3.2 3.2 0 0 0 0 6.4Z", "M2 14.6c.4-3.3 2.8-5 6-5s5.6 1.7 6 5Z"),
    "manualTask": (
        "M2 9.5c1.5-1.5 3-4 4.2-5c.8-.6 1.7.2 1.2 1.1L6.5 7.2H13c1.3 0 1.3 1.7 0 1.7"
        "h.4c1.2 0 1.2 1.7 0 1.7h-.5c1.1 0 1.1 1.6 0 1.6h-.7c1 0 .9 1.5-.1 1.5H6c-2 0-4-.7-4-2Z",
    ),
    "businessRuleTask": ("M1.5 2.5h13v11h-13Z", "M1.5 5.8h13", "M5.8 5.8v7.7", "M1.5 9.6h13"),
    "scriptTask": (
        "M4.5 1.5h9c-2 1.8-2 3.5-.5 5.5s1.5 4.5-.5 6.5h-10c2-2 2-4.5.5-6.5s-.5-4 1.5-5.5Z",
        "M5.5 4.5h5M5.8 7.5h5M6.3 10.5h5",
    ),
    "receiveTask": ("M1.5 3.5h13v9h-13Z", "M1.5 3.5l6.5 5.2l6.5-5.2"),
    "sendTask": ("M1.5 3.5h13v9h-13Z", "M1.5 3.5l6.5 5.2l6.5-5.2"),
}


def task_icon(parent: Any, kind: str, x: float, y: float) -> None:
    """The icon of a task's type with its upper left corner at (x, y); nothing for a plain task."""
    paths = (_gear(),) if kind == "serviceTask" else _ICONS.get(kind)
    if not paths:
        return
    group = svg.add(
        parent,
        "g",
        cls="icon",
        transform=f"translate({x:g} {y:g})",
        fill="none",
        stroke=INK,
        stroke_width=1.1,
        stroke_linejoin="round",
        stroke_linecap="round",
    )
    for path in paths:
        svg.add(group, "path", d=path)


def _gear() -> str:
    """Eight teeth around (8, 8) and a hole."""
    points = []
    for tooth in range(8):
        for offset, radius in ((-0.28, 5.0), (-0.16, 6.8), (0.16, 6.8), (0.28, 5.0)):
            angle = tooth * math.pi / 4 + offset
            points.append(f"{8 + radius * math.cos(angle):.1f} {8 + radius * math.sin(angle):.1f}")
    return f"M{'L'.join(points)}ZM8 10.3a2.3 2.3 0 1 0 0-4.6a2.3 2.3 0 0 0 0 4.6Z"


# ------------------------------------------------------------------------------- what an event is about


def _clock(group: Any, thrown: bool) -> None:
    svg.add(group, "circle", r=9.5, fill=WHITE)
    for hour in range(12):
        angle = hour * math.pi / 6
        inner, outer = svg.toward((0, 0), (math.cos(angle), math.sin(angle)), 7.6), 9.4
        svg.add(
            group,
            "path",
            d=f"M{inner[0]:.1f} {inner[1]:.1f}L{outer * math.cos(angle):.1f} {outer * math.sin(angle):.1f}",
            stroke_width=0.9,
        )
    svg.add(group, "path", d="M1 -6.5L0 0L4.5 1.5", fill="none", stroke_width=1.5)


def _envelope(group: Any, thrown: bool) -> None:
    svg.add(group, "path", d="M-8.5 -5.8h17v11.6h-17Z", fill=INK if thrown else WHITE)
    svg.add(group, "path", d="M-8.5 -5.8L0 1L8.5 -5.8", fill="none", stroke=WHITE if thrown else INK)


def _lightning(group: Any, thrown: bool) -> None:
    svg.add(group, "path", d="M-8 7.5L-3.5 -7L2.5 1.2L8 -7.5L3.8 7.2L-2.5 -1.2Z", fill=_filled(thrown))


def _arrow_up(group: Any, thrown: bool) -> None:
    svg.add(group, "path", d="M0 -8.5L6.5 7.5L0 1.5L-6.5 7.5Z", fill=_filled(thrown))


def _triangle(group: Any, thrown: bool) -> None:
    svg.add(group, "path", d="M0 -8L8 6H-8Z", fill=_filled(thrown))


def _disc(group: Any, thrown: bool) -> None:
    svg.add(group, "circle", r=10, fill=INK)


def _page(group: Any, thrown: bool) -> None:
    svg.add(group, "path", d="M-6 -8h12v16h-12Z", fill=WHITE)
    svg.add(group, "path", d="M-3.5 -4.5h7M-3.5 -1h7M-3.5 2.5h7", fill="none")


def _filled(thrown: bool) -> str:
    return INK if thrown else WHITE


_TRIGGERS: Mapping[str, tuple[Callable[[Any, bool], None], str]] = {
    "timerEventDefinition": (_clock, "定时"),
    "messageEventDefinition": (_envelope, "消息"),
    "errorEventDefinition": (_lightning, "出错"),
    "escalationEventDefinition": (_arrow_up, "升级"),
    "signalEventDefinition": (_triangle, "信号"),
    "terminateEventDefinition": (_disc, "终止"),
    "conditionalEventDefinition": (_page, "条件"),
}


def trigger_name(definition: str) -> str:
    """Chinese name of an event definition; "" for one that is not known."""
    return _TRIGGERS[definition][1] if definition in _TRIGGERS else ""


def event_mark(parent: Any, definition: str, center: svg.Point, *, thrown: bool) -> None:
    """The mark inside an event's circle."""
    if definition in _TRIGGERS:
        group = svg.add(
            parent,
            "g",
            cls="mark",
            transform=f"translate({center[0]:g} {center[1]:g})",
            stroke=INK,
            stroke_width=1.2,
            stroke_linejoin="round",
        )
        _TRIGGERS[definition][0](group, thrown)


# --------------------------------------------------------------------------------------------- gateways


def gateway_mark(parent: Any, kind: str, center: svg.Point) -> None:
    """The mark inside a gateway's diamond."""
    group = svg.add(
        parent,
        "g",
        cls="mark",
        transform=f"translate({center[0]:g} {center[1]:g})",
        fill="none",
        stroke=INK,
        stroke_width=3,
        stroke_linecap="round",
    )
    if kind == "parallelGateway":
        svg.add(group, "path", d="M0 -10V10M-10 0H10")
    elif kind == "inclusiveGateway":
        svg.add(group, "circle", r=9.5, stroke_width=2.6)
    elif kind == "eventBasedGateway":
        svg.add(group, "circle", r=12, stroke_width=1)
        svg.add(group, "circle", r=9.5, stroke_width=1)
        svg.add(group, "path", d="M0 -6.5L6.2 -2L3.8 5.3H-3.8L-6.2 -2Z", stroke_width=1)
    elif kind == "exclusiveGateway":
        svg.add(group, "path", d="M-6.5 -6.5L6.5 6.5M6.5 -6.5L-6.5 6.5")


# ---------------------------------------------------------------------- markers at the foot of a task


def foot_markers(parent: Any, names: list[str], center: svg.Point) -> None:
    """Loop, multi-instance and "opens further" markers side by side around `center`."""
    left = center[0] - (len(names) - 1) * 9
    for index, name in enumerate(names):
        group = svg.add(
            parent,
            "g",
            cls="mark",
            transform=f"translate({left + index * 18:g} {center[1]:g})",
            fill="none",
            stroke=INK,
            stroke_width=1.6,
        )
        if name == "collapsed":
            svg.add(group, "path", d="M-6.5 -6.5h13v13h-13Z", stroke_width=1.1)
        svg.add(group, "path", d=_FEET[name])


_FEET: Mapping[str, str] = {
    "parallel": "M-4.5 -5.5v11M0 -5.5v11M4.5 -5.5v11",
    "sequential": "M-5.5 -4.5h11M-5.5 0h11M-5.5 4.5h11",
    "loop": "M-2 5.2A5.5 5.5 0 1 1 2.5 5M-2 5.2l-3.8.4M-2 5.2l-.6-3.8",
    "collapsed": "M-3.8 0h7.6M0 -3.8v7.6",
}

# ------------------------------------------------------------------------------ states, told by shape too


def _check(group: Any) -> None:
    svg.add(group, "circle", r=9, fill=GREEN)
    svg.add(group, "path", d="M-4.2 .3L-1.2 3.4L4.3 -3", fill="none", stroke=WHITE, stroke_width=2.2)


def _token(group: Any) -> None:
    svg.add(group, "circle", r=10.5, fill=WHITE, stroke=BLUE, stroke_width=1.6)
    svg.add(group, "circle", r=6.5, fill=BLUE)


def _exclamation(group: Any) -> None:
    svg.add(group, "path", d="M0 -11L11.5 9H-11.5Z", fill=RED, stroke=RED, stroke_width=2)
    svg.add(group, "path", d="M0 -5V2.5M0 5.8V6", stroke=WHITE, stroke_width=2.4)


def _cross(group: Any) -> None:
    svg.add(group, "path", d="M-4 -9.5h8l5.5 5.5v8l-5.5 5.5h-8l-5.5 -5.5v-8Z", fill=PLUM)
    svg.add(group, "path", d="M-3.5 -3.5l7 7M3.5 -3.5l-7 7", stroke=WHITE, stroke_width=2.2)


def _sign(path: str, colour: str) -> Callable[[Any], None]:
    def draw(group: Any) -> None:
        svg.add(group, "path", d="M-9 -9h18v18h-18Z", fill=colour)
        svg.add(group, "path", d=path, fill="none", stroke=WHITE, stroke_width=2.2)

    return draw


BADGES: Mapping[str, Callable[[Any], None]] = {
    "done": _check,
    "current": _token,
    "overdue": _exclamation,
    "error": _cross,
    "added": _sign("M-5 0h10M0 -5v10", GREEN),
    "removed": _sign("M-5 0h10", RED),
    "changed": _sign("M-5.5 2c2 -5 3.5 -5 5.5 -2s3.5 3 5.5 -2", AMBER),
}


def badge(parent: Any, state: str, at: svg.Point) -> None:
    """The sign of a state, readable without its colour: check, token, triangle, octagon, plus, minus, wave."""
    group = svg.add(
        parent,
        "g",
        cls=f"badge {state}",
        transform=f"translate({at[0]:g} {at[1]:g})",
        stroke_linecap="round",
        stroke_linejoin="round",
    )
    BADGES[state](group)
