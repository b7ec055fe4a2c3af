"""A draft as plain JSON, to be kept until a second person confirms it. Pure."""

from datetime import date
from typing import Any

from workflows.workdays.checks import Finding, ReadYear
from workflows.workdays.rules import DayRule, Layer


def draft_as_json(read: ReadYear) -> dict[str, Any]:
    """Everything that was read, findings included: they are asked about again at the confirmation."""
    return {
        "title": read.title,
        "number": read.number,
        "published_on": read.published_on.isoformat() if read.published_on else None,
        "url": read.url,
        "raw_text": read.raw_text,
        "days": [rule_as_json(rule) for rule in read.days],
        "findings": [[finding.blocks, finding.text] for finding in read.findings],
    }


def draft_from_json(year: int, draft: dict[str, Any]) -> ReadYear:
    return ReadYear(
        year,
        tuple(_rule_from_json(item) for item in draft["days"]),
        title=draft["title"],
        number=draft["number"],
        published_on=date.fromisoformat(draft["published_on"]) if draft["published_on"] else None,
        url=draft["url"],
        raw_text=draft["raw_text"],
        findings=tuple(Finding(blocks, text) for blocks, text in draft["findings"]),
    )


def rule_as_json(rule: DayRule) -> dict[str, Any]:
    return {
        "day": rule.day.isoformat(),
        "working": rule.working,
        "name": rule.name,
        "layer": str(rule.layer),
        "source": rule.source,
        "affects_deadline": rule.affects_deadline,
    }


def _rule_from_json(item: dict[str, Any]) -> DayRule:
    return DayRule(
        date.fromisoformat(item["day"]),
        item["working"],
        item["name"],
        Layer(item["layer"]),
        item["source"],
        item["affects_deadline"],
    )
