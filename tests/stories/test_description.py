"""What an alert says at length stands wherever a person decides: on the card, in the direct message and the mail."""

from __future__ import annotations

from pathlib import Path

from tests.stories.night import a_night, said

TEXT = "The new player leaks & <b>crashes</b>; roll it back."


async def test_the_description_is_shown_where_a_person_decides(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        alert = {
            "labels": {"alertname": "video_crash_rate_high", "severity": "P0"},
            "annotations": {"summary": "Crash rate is 7.2%", "description": TEXT},
        }
        await night.post("/alerts/alertmanager", {"version": "4", "alerts": [{"status": "firing", **alert}]})
        await night.settle()
        shown = "The new player leaks &amp; &lt;b&gt;crashes&lt;/b&gt;; roll it back."
        assert shown in said(night.card())
        assert shown in said(night.dm("engineer_a")[0])
        await night.pass_time(minutes=60)
        assert any(TEXT in mail["text"] for mail in night.mails())
