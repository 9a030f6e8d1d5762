"""What an action asks for beyond the state of its entity, carried out in the transaction that commits the action."""

from agents.orders import Order, Tell
from interactions import tellings, timers
from interactions.models import Conversation, Run


def carry_out(order: Order, conversation: Conversation, run: Run, action: str) -> None:
    """Do what the `action` of a run asks for. The conversation is locked.

    Raises `ActionFailed` with a sentence for the model; then nothing of the action stands.
    """
    if isinstance(order, Tell):
        tellings.tell(order, conversation, run, action)
    else:
        timers.carry_out(order, conversation)
