"""The table of all buttons: what each needs and what it does."""

from __future__ import annotations

from collections.abc import Callable

from bot.context import Context
from bot.permissions import Action, Caller
from bot.slack.views import actions as ids
from bot.store import Tx
from handlers import drill, silence
from handlers.buttons import afterwards, incidents, operating, questions, rota, runs
from handlers.incident import TIMELINE
from handlers.verbs import Answer
from oncall.values import dataclass

Press = Callable[[Tx, Context, Caller, str], Answer]


def _no_modal(value: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Button:
    """What a button needs and does."""

    action: Action
    press: Press
    modal: Callable[[str], str] = _no_modal
    """The title of the window that shows its answer, by the button's token; empty if the answer is a message."""


BUTTONS: dict[str, Button] = {
    ids.INCIDENT_ACK: Button("acknowledge", incidents.ack),
    ids.INCIDENT_DECLINE: Button("acknowledge", incidents.decline),
    ids.INCIDENT_HOLD: Button("acknowledge", incidents.hold),
    ids.INCIDENT_HAND_OVER: Button("assign", incidents.hand_over),
    ids.INCIDENT_SNOOZE: Button("snooze", incidents.snooze),
    ids.SILENCE_MAKE: Button("silence", silence.made),
    ids.SILENCE_END: Button("silence", silence.ended),
    ids.INCIDENT_GIVE_BACK: Button("acknowledge", incidents.give_back),
    ids.INCIDENT_TAKE: Button("acknowledge", incidents.take),
    ids.INCIDENT_ESCALATE: Button("escalate", incidents.escalate),
    ids.INCIDENT_RUNBOOK: Button("read", runs.runbook),
    ids.INCIDENT_RESOLVE: Button("resolve", incidents.resolve),
    ids.INCIDENT_REOPEN: Button("reopen", incidents.reopen),
    ids.INCIDENT_TIMELINE: Button("read", incidents.timeline, lambda value: TIMELINE),
    ids.INCIDENT_MORE: Button("read", incidents.more, lambda value: TIMELINE if value.startswith("timeline ") else ""),
    ids.RUNBOOK_START: Button("runbook", runs.start),
    ids.STEP_RUN: Button("runbook", runs.step_run),
    ids.STEP_DONE: Button("runbook", runs.step_done),
    ids.STEP_SKIP: Button("runbook", runs.step_skip),
    ids.STEP_RETRY: Button("runbook", runs.step_run),
    ids.STEP_FAIL: Button("runbook", runs.step_fail),
    ids.STEP_CHOOSE: Button("runbook", runs.step_choose),
    ids.STEP_CHECK: Button("runbook", runs.step_check),
    ids.RUN_ABORT: Button("runbook", runs.run_abort),
    ids.STEP_CONFIRM: Button("confirm", questions.confirm),
    ids.STEP_CANCEL: Button("confirm", questions.cancel),
    ids.STEP_TYPE: Button("confirm", questions.step_type),
    ids.STEP_APPROVE: Button("approve", questions.confirm),
    ids.BREAK_GLASS: Button("confirm", questions.break_glass),
    ids.RUN_RESUME: Button("runbook", runs.resume),
    ids.RUN_PAUSE: Button("runbook", runs.pause),
    ids.STEP_BACK: Button("confirm", questions.set_back),
    ids.STEP_LOOK: Button("runbook", questions.step_look),
    ids.STEP_OUTPUT: Button("runbook", runs.step_output),
    ids.STEP_OUTPUTS: Button("runbook", runs.step_output),
    ids.UNDO: Button("runbook", runs.undo),
    ids.COVER_TAKE: Button("take", rota.cover_take),
    ids.COVER_SWAP: Button("swap", rota.cover_swap),
    ids.COVER_WITHDRAW: Button("away", rota.cover_withdraw),
    ids.OVERRIDE_BACK: Button("override", rota.override_back),
    ids.CONFIG_APPLY: Button("apply", operating.apply),
    ids.RESTORED_RELEASE: Button("restore", operating.restored_release),
    ids.RESTORED_DROP: Button("restore", operating.restored_drop),
    ids.HANDOFF_TAKE: Button("acknowledge", rota.handoff_take),
    ids.TEST_PAGE: Button("read", operating.trial),
    ids.TEST_ACK: Button("read", operating.trial_answered),
    ids.INCIDENT_UPDATE: Button("update", afterwards.update),
    ids.ACTION_DONE: Button("action", afterwards.action_done),
    ids.POSTMORTEM_DRAFT: Button("postmortem", afterwards.postmortem),
    ids.POSTMORTEM_WAIVE: Button("postmortem", afterwards.waive),
    ids.DRILL_CALL: Button("drill", drill.call),
    ids.DRILL_JOIN: Button("drill", drill.join),
    ids.DRILL_DECLINE: Button("drill", drill.decline),
    ids.DRILL_START: Button("drill", drill.look_ahead),
    ids.DRILL_BEGIN: Button("drill", drill.begin),
    ids.DRILL_PAUSE: Button("drill", drill.pause),
    ids.DRILL_RESUME: Button("drill", drill.resume),
    ids.DRILL_END: Button("drill", drill.end),
    ids.LINK_CARD: Button("read", operating.nothing),
    ids.LINK_RUNBOOK: Button("read", operating.nothing),
}
"""Every `action_id` that a view emits."""
