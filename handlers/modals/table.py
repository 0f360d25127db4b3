"""The table of all modals: what each needs, what it does, and the field at which a refusal is shown."""

from __future__ import annotations

from bot.permissions import Action
from bot.slack.views import actions as ids
from handlers.modals import afterwards, incidents, rota, runs, timeline
from handlers.modals.form import Submit

MODALS: dict[str, tuple[Action, Submit, str]] = {
    ids.OPEN_MODAL: ("open", incidents.opened, ids.FIELD_TITLE),
    ids.CALL_MODAL: ("escalate", incidents.call, ids.FIELD_PERSON),
    ids.ASSIGN_MODAL: ("assign", incidents.assign, ids.FIELD_PERSON),
    ids.SEVERITY_MODAL: ("severity", incidents.severity, ids.FIELD_SEVERITY),
    ids.SNOOZE_MODAL: ("snooze", incidents.snooze, ids.FIELD_TEXT),
    ids.NOTE_MODAL: ("note", incidents.note, ids.FIELD_TEXT),
    ids.UPDATE_MODAL: ("update", afterwards.update, ids.FIELD_TEXT),
    ids.WAIVE_MODAL: ("postmortem", afterwards.waive, ids.FIELD_TEXT),
    ids.TIMELINE_MODAL: ("edit", timeline.timeline, ids.FIELD_ENTRY),
    ids.ENTRY_MODAL: ("edit", timeline.entry, ids.FIELD_TEXT),
    ids.MOMENT_MODAL: ("edit", timeline.moment, ids.FIELD_AT),
    ids.RESOLVE_MODAL: ("resolve", incidents.resolve, ids.FIELD_TEXT),
    ids.SKIP_MODAL: ("runbook", runs.skip, ids.FIELD_TEXT),
    ids.OBSERVE_MODAL: ("runbook", runs.observe, ids.FIELD_TEXT),
    ids.FAIL_MODAL: ("runbook", runs.fail, ids.FIELD_TEXT),
    ids.TYPE_MODAL: ("confirm", runs.typed, ids.FIELD_TEXT),
    ids.GLASS_MODAL: ("confirm", runs.glass, ids.FIELD_TEXT),
    ids.START_MODAL: ("runbook", runs.begin, ids.FIELD_GIVEN),
    ids.OVERRIDE_MODAL: ("override", rota.override, ids.FIELD_FROM),
    ids.OVERRIDE_SURE_MODAL: ("override", rota.override_sure, ids.FIELD_TEXT),
    ids.SWAP_MODAL: ("swap", rota.swap, ids.FIELD_SHIFT),
    ids.AWAY_MODAL: ("away", rota.away, ids.FIELD_FROM),
    ids.AWAY_SURE_MODAL: ("away", rota.away_sure, ids.FIELD_TEXT),
    ids.ABORT_MODAL: ("runbook", runs.abort, ids.FIELD_TEXT),
}
"""By `callback_id`: what it needs, what it does, and the field at which a refusal is shown."""

PREVIEWS = frozenset({ids.TIMELINE_MODAL, ids.OVERRIDE_MODAL, ids.AWAY_MODAL})
"""The modals that change nothing yet, and answer with the window that does."""
