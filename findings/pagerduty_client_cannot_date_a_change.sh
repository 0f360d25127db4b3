#!/bin/sh
# PagerDuty's own Python client fills in the time of a change event by itself, and cannot: `submit()` without a `timestamp` ends in an
# AttributeError before anything is sent. With one it goes its way. Whoever tells PagerDuty of deployments by it has to name the time.
# Run: sh findings/pagerduty_client_cannot_date_a_change.sh (needs python3 and a package index)
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pagerduty==7.2.0
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import pagerduty


class Kept(pagerduty.EventsApiV2Client):
    """Keeps what it would send."""

    sent = None

    def send_change_event(self, **event):
        self.sent = event


client = Kept("R" * 32)
print(f"Python {sys.version.split()[0]}, pagerduty {version('pagerduty')}")
try:
    client.submit("deployed 1.2", source="ci")
    undated = "sent"
except AttributeError as error:
    undated = f"AttributeError: {error}"
print(f"without a timestamp: {undated}")
client.submit("deployed 1.2", source="ci", timestamp="2026-11-27T02:14:00Z")
print(f"with one:            {client.sent}")
sys.exit(not undated.startswith("AttributeError") or client.sent is None)
PY
