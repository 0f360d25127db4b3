"""The names that tie a button, a modal and a field to what serves them.

Every `action_id`, `callback_id` and field of the views stands here, with what it does: a guard holds the handlers against
these tables. What a button carries besides its name stands in `tokens`.
"""

from __future__ import annotations

INCIDENT_ACK = "incident_ack"
INCIDENT_DECLINE = "incident_decline"
INCIDENT_HOLD = "incident_hold"
INCIDENT_HAND_OVER = "incident_hand_over"
INCIDENT_SNOOZE = "incident_snooze"
INCIDENT_TAKE = "incident_take"
INCIDENT_GIVE_BACK = "incident_give_back"
INCIDENT_ESCALATE = "incident_escalate"
INCIDENT_RUNBOOK = "incident_runbook"
INCIDENT_RESOLVE = "incident_resolve"
INCIDENT_REOPEN = "incident_reopen"
INCIDENT_TIMELINE = "incident_timeline"
INCIDENT_MORE = "incident_more"
INCIDENT_UPDATE = "incident_update"
ACTION_DONE = "action_done"
POSTMORTEM_DRAFT = "postmortem_draft"
POSTMORTEM_WAIVE = "postmortem_waive"
RUNBOOK_START = "runbook_start"
STEP_RUN = "step_run"
STEP_DONE = "step_done"
STEP_SKIP = "step_skip"
STEP_RETRY = "step_retry"
STEP_FAIL = "step_fail"
STEP_CHOOSE = "step_choose"
STEP_CHECK = "step_check"
RUN_ABORT = "run_abort"
STEP_CONFIRM = "step_confirm"
STEP_CANCEL = "step_cancel"
STEP_TYPE = "step_type"
STEP_APPROVE = "step_approve"
BREAK_GLASS = "break_glass"
RUN_RESUME = "run_resume"
RUN_PAUSE = "run_pause"
STEP_BACK = "step_back"
STEP_OUTPUT = "step_output"
STEP_OUTPUTS = "step_outputs"
STEP_LOOK = "step_look"
UNDO = "undo"
COVER_TAKE = "cover_take"
COVER_SWAP = "cover_swap"
COVER_WITHDRAW = "cover_withdraw"
OVERRIDE_BACK = "override_back"
CONFIG_APPLY = "config_apply"
RESTORED_RELEASE = "restored_release"
RESTORED_DROP = "restored_drop"
HANDOFF_TAKE = "handoff_take"
SILENCE_MAKE = "silence_make"
SILENCE_END = "silence_end"
TEST_PAGE = "test_page"
TEST_ACK = "test_ack"
DRILL_CALL = "drill_call"
DRILL_JOIN = "drill_join"
DRILL_DECLINE = "drill_decline"
DRILL_START = "drill_start"
DRILL_BEGIN = "drill_begin"
DRILL_PAUSE = "drill_pause"
DRILL_RESUME = "drill_resume"
DRILL_END = "drill_end"
LINK_CARD = "link_card"
LINK_RUNBOOK = "link_runbook"

ACTIONS: dict[str, str] = {
    INCIDENT_ACK: "takes the incident; value: incident token (card and DM)",
    INCIDENT_DECLINE: "whoever is called cannot: the next is called at once; value: incident token (DM)",
    INCIDENT_HOLD: "whoever has it is on it for half an hour from now; value: incident token",
    INCIDENT_HAND_OVER: "opens the modal for whom; value: incident token",
    INCIDENT_SNOOZE: "opens the modal for how long and why; value: incident token",
    INCIDENT_GIVE_BACK: "nobody has it any more, it calls anew (Slack has asked already); value: incident token",
    INCIDENT_TAKE: "takes over what was offered; value: incident token",
    INCIDENT_ESCALATE: "climbs the next level now; value: incident token",
    INCIDENT_RUNBOOK: "shows the incident's run, or the runbooks to start; value: incident token",
    INCIDENT_RESOLVE: "ends the incident (Slack has asked already); value: incident token",
    INCIDENT_REOPEN: "brings a resolved incident back; value: incident token",
    INCIDENT_TIMELINE: "posts the timeline; value: incident token",
    INCIDENT_MORE: "selected_option.value: `verb token`, see `read_more`",
    INCIDENT_UPDATE: "opens the modal for a word to those outside; value: incident token",
    POSTMORTEM_DRAFT: "drafts the postmortem from the record; value: incident token",
    POSTMORTEM_WAIVE: "opens the modal for why there is none; value: incident token",
    ACTION_DONE: "an action item is done; value: its number",
    RUNBOOK_START: "starts a runbook; value: `id token`, see `read_start`",
    STEP_RUN: "runs the current step, or asks to confirm it; value: the run's token",
    STEP_DONE: "a person did the step; value: the run's token",
    STEP_SKIP: "opens the modal for the reason; value: the run's token",
    STEP_RETRY: "runs a failed or unknown step again; value: the run's token",
    STEP_FAIL: "opens the modal for how it was seen that the step did not work; value: the run's token",
    STEP_CHOOSE: "takes an option of a decision; value: the run's token, `:` and the option's place from 0",
    STEP_CHECK: "ticks an item of a checklist; value: the run's token, `:` and the item's place from 0",
    RUN_ABORT: "opens the modal for the reason; value: the run's token",
    STEP_CONFIRM: "confirms one request; value: the confirmation's token",
    STEP_CANCEL: "withdraws or refuses it; value: the confirmation's token",
    STEP_TYPE: "opens the modal in which a word is typed to confirm; value: the confirmation's token",
    STEP_APPROVE: "approves what somebody else asked for; value: the confirmation's token",
    BREAK_GLASS: "opens the modal for the reason to send without approval; value: the confirmation's token",
    RUN_RESUME: "goes on after a pause; value: the run's token",
    RUN_PAUSE: "raises nothing until somebody resumes; value: the run's token",
    STEP_BACK: "sets a rollout back now (Slack has asked already); value: the run's token",
    STEP_LOOK: "reads what a step of unknown outcome would have changed; value: the run's token",
    STEP_OUTPUT: "hands over all that a step answered; value: the run, the step and the attempt, `:` between them",
    STEP_OUTPUTS: "the same of an earlier step; selected_option.value as above",
    UNDO: "asks to take a change back; value: the ledger entry's number",
    COVER_TAKE: "takes a shift that somebody needs a stand-in for; value: see `read_cover`",
    COVER_SWAP: "the same, and gives the presser's own next shift for it; value: see `read_cover`",
    COVER_WITHDRAW: "nobody is needed any more; value: the request's number",
    OVERRIDE_BACK: "takes overrides back; value: their numbers, `,` between them",
    CONFIG_APPLY: "applies a changed configuration that waits; value: its digest",
    RESTORED_RELEASE: "what a restored backup held goes on (Slack has asked already); value: its digest",
    RESTORED_DROP: "what a restored backup held is dropped (Slack has asked already); value: its digest",
    SILENCE_MAKE: "makes the silence that was shown; value: see `views.silences.write_wish`",
    SILENCE_END: "ends a silence before its time (Slack has asked already); value: its id",
    HANDOFF_TAKE: "the new person says that they have it; value: the handoff's number",
    TEST_PAGE: "sends its presser a page that calls nobody; no value",
    TEST_ACK: "the button of such a page: does nothing, and says so; no value",
    DRILL_CALL: "invites the team to a drill; value: the scenario's id",
    DRILL_JOIN: "its presser takes part in a drill; value: the drill's number",
    DRILL_DECLINE: "its presser does not; value: the drill's number",
    DRILL_START: "shows whoever called it what would happen; value: the drill's number",
    DRILL_BEGIN: "starts it as it was shown; value: the drill's number and who takes part, see `read_roll`",
    DRILL_PAUSE: "nothing more happens in it for now; value: the drill's number",
    DRILL_RESUME: "it goes on where it was; value: the drill's number",
    DRILL_END: "it is over (Slack has asked already); value: the drill's number",
    LINK_CARD: "opens the card in Slack: only acked",
    LINK_RUNBOOK: "opens the document in the browser: only acked",
}

MORE = ("mitigate", "reopen", "severity", "assign", "note", "timeline")
"""The verbs that the overflow menu may hold; Slack shows at most five of them at once."""

OPEN_MODAL = "open_incident"
ASSIGN_MODAL = "assign_incident"
CALL_MODAL = "call_somebody"
SEVERITY_MODAL = "incident_severity"
NOTE_MODAL = "incident_note"
SNOOZE_MODAL = "snooze_incident"
RESOLVE_MODAL = "resolve_incident"
UPDATE_MODAL = "incident_update"
WAIVE_MODAL = "postmortem_waive"
TIMELINE_MODAL = "timeline_edit"
ENTRY_MODAL = "timeline_entry"
MOMENT_MODAL = "timeline_moment"
SKIP_MODAL = "skip_step"
OBSERVE_MODAL = "observe_step"
FAIL_MODAL = "fail_step"
ABORT_MODAL = "abort_run"
TYPE_MODAL = "type_to_confirm"
GLASS_MODAL = "break_glass"
START_MODAL = "start_runbook"
OVERRIDE_MODAL = "override_shift"
OVERRIDE_SURE_MODAL = "override_sure"
SWAP_MODAL = "swap_shift"
AWAY_MODAL = "be_away"
AWAY_SURE_MODAL = "away_sure"

MODALS: dict[str, str] = {
    OPEN_MODAL: "FIELD_TITLE, FIELD_SEVERITY, FIELD_TEXT (optional summary); private_metadata: what the caller gave",
    ASSIGN_MODAL: "FIELD_PERSON; private_metadata: incident token",
    CALL_MODAL: "FIELD_PERSON (an email), FIELD_TEXT (optional); private_metadata: incident token",
    SEVERITY_MODAL: "FIELD_SEVERITY, FIELD_TEXT (why); private_metadata: incident token",
    SNOOZE_MODAL: "FIELD_SPAN, FIELD_TEXT (why); private_metadata: incident token",
    NOTE_MODAL: "FIELD_TEXT; private_metadata: incident token",
    RESOLVE_MODAL: "FIELD_TEXT (optional note); private_metadata: incident token",
    UPDATE_MODAL: "FIELD_TEXT; private_metadata: incident token",
    WAIVE_MODAL: "FIELD_TEXT (why); private_metadata: incident token",
    TIMELINE_MODAL: "FIELD_ENTRY (a place in the log, or a moment's name); answers with the next; private_metadata: incident token",
    ENTRY_MODAL: "FIELD_AT, FIELD_TEXT; private_metadata: `token place`, see `read_entry`",
    MOMENT_MODAL: "FIELD_AT; private_metadata: `token name`, see `read_entry`",
    SKIP_MODAL: "FIELD_TEXT (why); private_metadata: the run's token",
    OBSERVE_MODAL: "FIELD_TEXT (what was seen); private_metadata: the run's token",
    FAIL_MODAL: "FIELD_TEXT (how that was seen); private_metadata: the run's token",
    ABORT_MODAL: "FIELD_TEXT (why); private_metadata: the run's token",
    TYPE_MODAL: "FIELD_TEXT (the word); private_metadata: the confirmation's token",
    GLASS_MODAL: "FIELD_TEXT (why); private_metadata: the confirmation's token",
    OVERRIDE_MODAL: "FIELD_PERSON, FIELD_ROLE, FIELD_FROM, FIELD_UNTIL; answers with the next one",
    OVERRIDE_SURE_MODAL: "who moves, and FIELD_TEXT (optional); private_metadata: `role person from until`, see `read_window`",
    SWAP_MODAL: "FIELD_SHIFT (`role from until`, instants as Unix seconds), FIELD_TEXT (optional)",
    AWAY_MODAL: "FIELD_FROM, FIELD_UNTIL; answers with the next one",
    AWAY_SURE_MODAL: "what is to be taken, and FIELD_TEXT (optional); private_metadata: the same, with `every` for the role",
    START_MODAL: "FIELD_GIVEN and the name of each parameter; private_metadata: `id number`, see `read_begin`",
}

FIELD_TITLE = "title"
FIELD_SEVERITY = "severity"
FIELD_TEXT = "text"
FIELD_PERSON = "person"
FIELD_SPAN = "span"
FIELD_ROLE = "role"
FIELD_FROM = "from"
FIELD_UNTIL = "until"
FIELD_SHIFT = "shift"
FIELD_ENTRY = "entry"
FIELD_AT = "at"
FIELD_GIVEN = "given-"
"""Before the name of a runbook's parameter: one field each."""
FIELDS = (
    FIELD_TITLE,
    FIELD_SEVERITY,
    FIELD_TEXT,
    FIELD_PERSON,
    FIELD_SPAN,
    FIELD_ROLE,
    FIELD_FROM,
    FIELD_UNTIL,
    FIELD_SHIFT,
    FIELD_ENTRY,
    FIELD_AT,
    FIELD_GIVEN,
)
"""Each field is both the `block_id` and the `action_id` of its input: `values[FIELD][FIELD]`."""
