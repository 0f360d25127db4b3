"""Verifies the signatures of senders that bear no token: over the raw body, in constant time, before anything in it is read.

Refusing a sender is the endpoint's business, which says which header it looked for.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from oncall.values import dataclass

LATE_S = 300
"""A signed time further from ours than this is not taken."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One sender's secret, and where it puts its signature: hexadecimal HMAC-SHA256."""

    secret: str
    header: str
    variable: str
    """Names the secret to whoever has to mend it."""
    timestamp: str = ""
    """Where the sender puts the time that it signed too, if it does: then `TIME:BODY` is what is signed."""

    def is_in(self, headers: Mapping[str, str]) -> bool:
        return self.header in headers

    def holds(self, headers: Mapping[str, str], raw: bytes, now: float) -> bool:
        """`now` in seconds since 1970, by the real clock."""
        at = headers.get(self.timestamp, "") if self.timestamp else ""
        if at and not (at.isdigit() and abs(now - int(at[:12])) <= LATE_S):
            return False
        signed = f"{at}:".encode() + raw if at else raw
        wanted = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted.encode(), headers[self.header].strip().lower().encode())

    @property
    def hint(self) -> str:
        """For whoever came with neither signature nor token."""
        return f"Or sign it with {self.variable}: there was no header {self.header}."

    @property
    def refusal(self) -> str:
        return f"{self.header} is not a signature of this body by {self.variable}. Nothing was taken."


def grafana(secret: str) -> Signature:
    """https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/"""
    return Signature(secret, "x-grafana-alerting-signature", "GRAFANA_WEBHOOK_SECRET", "x-grafana-alerting-timestamp")


def sentry(secret: str) -> Signature:
    """https://docs.sentry.io/organization/integrations/integration-platform/webhooks/"""
    return Signature(secret, "sentry-hook-signature", "SENTRY_CLIENT_SECRET")
