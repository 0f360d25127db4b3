"""Makes the incident that an alert opens: its title, its severity, and by when somebody has to answer.

Pure. Whether one is open already, and whom to page, is for others to know.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.alerts import HEARTBEAT, Alert, Judged, Rule, Severity
from bot.context import Context
from bot.headline import limit_of
from bot.incidents import Incident


def why(judged: Judged) -> str:
    if judged.alert.source == HEARTBEAT:
        return "heartbeats of alerts.yml expect it, and it was not heard of in time"
    if judged.rule is not None:
        return f"matches the rule {judged.rule.name}"
    return f"no rule matches; one incident per source and alert ({judged.alert.source})"


def new_incident(ctx: Context, judged: Judged, number: int, at: datetime) -> Incident:
    alert, rule = judged.alert, judged.rule
    family = ctx.rule(rule.family) if rule else None
    runbook = family.runbook if family else None
    response = _response(ctx, family, runbook, judged.severity)
    return Incident(
        number=number,
        service=ctx.config.bot.service,
        join_key=judged.join_key,
        title=_title(alert, judged)[:300],
        severity=judged.severity,
        state="triggered",
        rule=rule.family if rule else None,
        runbook=runbook,
        opened_at=at,
        respond_from=at,
        respond_by=at + response if response else None,
        ladder=ctx.ladder(judged.severity),
        ladder_from=at,
        next_at=at,
        alerts=1,
        firing=1,
        value=alert.value or "",
        value_at=at if alert.value else None,
        threshold=limit_of(rule, judged.severity, alert.value),
        labels=alert.labels,
        links=alert.links,
        runbook_url=alert.runbook_url or (family.runbook_url if family else ""),
    )


def _response(ctx: Context, rule: Rule | None, runbook: str | None, severity: Severity) -> timedelta | None:
    """How soon somebody has to answer. What is milder than its rule, a threshold below it, has its level's time."""
    if rule is not None and rule.severity is not None and severity > rule.severity:
        return ctx.config.policies.response.get(severity)
    return ctx.response(rule.name if rule else None, runbook, severity)


def figure(judged: Judged, incident: Incident) -> str | None:
    """Its value, where that is of what the incident is about: a threshold of another metric may share its rule's incident."""
    alert, rule = judged.alert, judged.rule
    own = rule is None or not rule.title or _title(alert, judged)[:300] == incident.title
    return alert.value if own else None


def limit(judged: Judged, incident: Incident) -> str:
    """The limit that grades it now."""
    own = figure(judged, incident)
    return limit_of(judged.rule, judged.severity, own) if own else incident.threshold


def _title(alert: Alert, judged: Judged) -> str:
    """The rule's own words if it has any: a summary holds the number of the first moment, which goes stale in a title."""
    return (judged.rule.title if judged.rule else "") or alert.summary or alert.name or alert.key
