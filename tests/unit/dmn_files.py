"""Writes small decision files for tests, as an editor would save them."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

DMN_1_1 = "http://www.omg.org/spec/DMN/20151101/dmn.xsd"
DMN_1_2 = "http://www.omg.org/spec/DMN/20180521/MODEL/"
DMN_1_3 = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def file(*decisions: str, namespace: str = DMN_1_3) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{namespace}" id="d" name="n" '
        f'namespace="http://example.org">{"".join(decisions)}</definitions>'
    ).encode()


def table(
    inputs: Sequence[tuple[str, str]],
    outputs: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str]],
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
    identity: str = "clock",
    allowed: Sequence[str] = (),
    defaults: Sequence[str] = (),
    notes: Sequence[str] = (),
    requires: Sequence[str] = (),
) -> str:
    """A decision table. Inputs are (expression, type), outputs (name, type), rows the cells from left to right."""
    columns = "".join(
        f'<input id="{identity}_i{n}" label={quoteattr(expression)}>'
        f'<inputExpression id="{identity}_e{n}" typeRef="{kind}"><text>{escape(expression)}</text></inputExpression>'
        + (f"<inputValues><text>{escape(allowed[n - 1])}</text></inputValues>" if allowed else "")
        + "</input>"
        for n, (expression, kind) in enumerate(inputs, 1)
    ) + "".join(
        f'<output id="{identity}_o{n}" name="{name}" typeRef="{kind}">'
        + (f"<defaultOutputEntry><text>{escape(defaults[n - 1])}</text></defaultOutputEntry>" if defaults else "")
        + "</output>"
        for n, (name, kind) in enumerate(outputs, 1)
    )
    rules = "".join(_rule(identity, n, row, len(inputs), notes) for n, row in enumerate(rows, 1))
    summed = f' aggregation="{aggregation}"' if aggregation else ""
    return (
        f'<decision id="{identity}" name="表{identity}">{requirements(identity, requires)}'
        f'<decisionTable id="{identity}_t" hitPolicy="{policy}"{summed}>{columns}{rules}</decisionTable></decision>'
    )


def _rule(identity: str, index: int, cells: Sequence[str], inputs: int, notes: Sequence[str]) -> str:
    note = f"<description>{escape(notes[index - 1])}</description>" if notes else ""
    entries = "".join(
        f'<{tag} id="{identity}_r{index}_{n}"><text>{escape(cell)}</text></{tag}>'
        for n, cell in enumerate(cells, 1)
        for tag in ["inputEntry" if n <= inputs else "outputEntry"]
    )
    return f'<rule id="{identity}_r{index}">{note}{entries}</rule>'


def literal(identity: str, text: str, *, requires: Sequence[str] = ()) -> str:
    return (
        f'<decision id="{identity}" name="式{identity}">{requirements(identity, requires)}'
        f'<literalExpression id="{identity}_l"><text>{escape(text)}</text></literalExpression></decision>'
    )


def requirements(identity: str, requires: Sequence[str]) -> str:
    return "".join(
        f'<informationRequirement id="{identity}_q{n}"><requiredDecision href="#{required}"/></informationRequirement>'
        for n, required in enumerate(requires)
    )
