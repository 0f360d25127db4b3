"""In what words a decision about an alert is kept: short, and the same for the same reason, so that it counts as one. Pure."""

from __future__ import annotations

from bot.alerts import Alert, Judged
from bot.incidents import Incident
from bot.silences import Silence

UNKNOWN_END = "the end of something that does not fire here"


def end_of(alert: Alert) -> tuple[str, str]:
    """The verdict and the reason."""
    if alert.status == "expired":
        return "unheard", "its sender did not repeat it for as long as it had said that it holds"
    return "cleared", "its sender says that it is over"


def by_silence(silence: Silence) -> str:
    """Which silence, so that it can be told when that is forgotten."""
    name = f"“{silence.window}”" if silence.window else f"silence {silence.short} of {silence.created_by}"
    return f"{name}: {silence.comment}" if silence.comment else name


def by_another(other: Incident) -> str:
    """Which open incident keeps it quiet."""
    return f"it follows from #{other.number} {other.title}, which is open (inhibit_rules of alerts.yml)"


def why_there(judged: Judged, number: int, *, new: bool, through: int | None = None) -> str:
    """Why it is in an incident that was open already; `through` one that was merged into it."""
    if not new:
        return f"fires again while #{number} is open"
    same = f"rule {judged.rule.family}" if judged.rule else "alert and source"
    if through is not None:
        return f"#{through} is part of #{number}, and was for the same {same}"
    return f"#{number} is open for the same {same}"
