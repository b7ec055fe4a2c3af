"""What the delegates of this room read of the instance that calls them."""

from workflows.assessment.rulebook import RuleBook
from workflows.engine import definitions
from workflows.engine.delegates import DelegateContext
from workflows.errors import Invalid


def period_of(context: DelegateContext, kind: str) -> str:
    """What follows ``month:`` or ``quarter:`` in the instance's business key.

    Raises:
        Invalid: the instance is about something else.
    """
    name, _, period = context.instance.business_key.partition(":")
    if name != kind:
        raise Invalid("这件流程还没有确定考核期，请先开启本月自评或季度考核。")
    return period


def book_of(context: DelegateContext) -> RuleBook:
    """The decision tables of the version that the instance runs on."""
    definition = definitions.get(context.session, context.instance.definition_id)
    tables = context.engine.specs.get(context.session, definition.id).decisions
    return RuleBook(context.decide, definition.key, definition.version, frozenset(tables))
