"""A channel shared with another workspace (Slack Connect), and installations that are not ours: outsiders read, and are told so.

Whatever they press, fill in or type is answered in words; what Slack itself counts as ours is taken, wherever it began.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack import interactions
from bot.sandbox.slack.values import JSON
from tests.stories.night import CHANNEL, Night, a_night, said
from tests.stories.test_strangers import STRANGER, with_people

EVE = replace(STRANGER, email="eve@elsewhere.example")
SHARED = with_people(EVE)


def submission(night: Night, **team: Any) -> JSON:
    """The note modal of the engineer, as if it were submitted with this in the payload."""
    human = night.person("engineer_a")
    view = night.slack.views.top(human.user.id)
    assert view is not None
    filled = replace(view, state={"text": {"text": {"type": "plain_text_input", "value": "from outside"}}})
    return interactions.view_submission(night.slack, human.user, filled) | team


async def test_an_outsider_reads_and_what_else_they_press_is_refused_to_them_alone(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=SHARED) as night:
        await night.alert()
        for action in ("incident_ack", "incident_escalate", "incident_resolve"):
            answer = await night.presses("eve", action)
            assert "Your account is of another workspace. You can always read" in answer, action
        assert "Timeline of #1" in await night.presses("eve", "incident_more", option="timeline")
        assert (await night.incident()).state == "triggered"


async def test_a_modal_that_an_outsider_submits_stays_open_with_the_reason(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=SHARED) as night:
        await night.alert()
        await night.presses("engineer_a", "incident_more", option="note")
        eve = {
            "user": {"id": EVE.id, "name": "eve", "team_id": EVE.team_id},
            "team": {"id": EVE.team_id, "domain": "x"},
        }
        ack = await night.slack.dispatcher.ask("interactive", submission(night, **eve))
        assert "Your account is of another workspace" in ack.payload["errors"]["text"]
        assert "note" not in await night.kinds()


async def test_an_event_that_began_in_the_other_workspace_is_ours_if_slack_says_so(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=SHARED) as night:
        post = {
            "type": "message",
            "channel": CHANNEL,
            "ts": night.slack.stamps.next(),
            "bot_id": "B0OUTSIDE",
            "team": EVE.team_id,
        }
        event = post | {"subtype": "bot_message", "text": "[FIRING:1] video_crash_rate_high (crash rate 4%)"}
        ours = {"team_id": "T0OPENVINE", "user_id": night.slack.bot.id, "is_bot": True, "is_enterprise_install": False}
        envelope = {
            "type": "event_callback",
            "event_id": "Ev0SHARED1",
            "team_id": EVE.team_id,
            "context_team_id": "T0OPENVINE",
            "is_ext_shared_channel": True,
            "authorizations": [ours | {"enterprise_id": None}],
            "api_app_id": night.slack.bot.app_id,
            "event": event,
        }
        night.slack.dispatcher.event(envelope)
        await night.settle()
        assert (await night.incident()).rule == "video_crash_rate_high"
        theirs = ours | {"team_id": EVE.team_id, "enterprise_id": None}
        again = event | {"text": "[FIRING:1] video_memory_high (memory 700 MB)", "ts": night.slack.stamps.next()}
        night.slack.dispatcher.event(envelope | {"event_id": "Ev0SHARED2", "event": again, "authorizations": [theirs]})
        await night.settle()
        assert len(await night.kinds(1)) > 0
        assert (await night.http.get("/api/incidents/2")).status_code == 404


ORG_WIDE = {"is_enterprise_install": True, "team": None, "enterprise": {"id": "E0ORGANISA", "name": "Org"}}
ELSEWHERE = {"team": {"id": "T0STRANGER", "domain": "x"}}
REFUSALS = [(ORG_WIDE, "for a whole organisation"), (ELSEWHERE, "belongs to another workspace")]


@pytest.mark.parametrize(("payload", "why"), REFUSALS, ids=["org-wide", "elsewhere"])
async def test_a_click_a_modal_and_a_command_of_another_installation_are_refused_with_the_reason(
    tmp_path: Path, payload: dict[str, Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        card = night.card()
        click = night.click_payload("engineer_a", "incident_ack", "1.1", card["ts"]) | payload
        before = len(night.private("engineer_a"))
        await night.slack.dispatcher.ask("interactive", click)
        await night.settle()
        answers = night.private("engineer_a")[before:]
        assert len(answers) == 1
        assert why in said(answers[0])
        assert "Nothing was done" in said(answers[0])

        await night.presses("engineer_a", "incident_more", option="note")
        form = submission(night, **payload)
        if not payload.get("is_enterprise_install"):
            form["view"] = form["view"] | {"app_installed_team_id": "T0STRANGER"}
        ack = await night.slack.dispatcher.ask("interactive", form)
        assert why in ack.payload["errors"]["text"]

        human = night.person("engineer_a")
        command = interactions.slash_command(
            night.slack, human.user, night.slack.state.channel(CHANNEL), "/incident", "ack"
        )
        flat = {"is_enterprise_install": "true"} if payload is ORG_WIDE else {"team_id": "T0STRANGER"}
        ack = await night.slack.dispatcher.ask("slash_commands", command | flat)
        assert why in ack.payload["text"]
        assert (await night.incident()).state == "triggered"
        assert sum("refused a payload" in record.getMessage() for record in caplog.records) == 3
