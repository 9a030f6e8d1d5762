"""What the engine tells whoever listens."""

from django.dispatch import Signal

# Sent after the commit of a state version; `version` is the StateVersion. Receivers must not fail.
state_changed = Signal()
