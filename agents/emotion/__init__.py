"""How feelings come and go. Pure: `appraisal` says what a text does to somebody, `dynamics` what becomes of it in time,
`words` what it is called."""

from agents.emotion.appraisal import Appraisal, appraise
from agents.emotion.dynamics import decayed, moved, settled

__all__ = ["Appraisal", "appraise", "decayed", "moved", "settled"]
