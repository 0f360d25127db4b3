"""`/incident`, verb by verb, as people type it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bot.sandbox import run
from bot.sandbox.settings import settings_for
from bot.sandbox.slack.faults import Trouble
from bot.slack.manifest import manifest
from bot.slack.views.answers import VERBS
from handlers.commands import COMMANDS
from oncall.values import replace
from tests.stories.night import MONDAY, a_night, said

A, B, C = (f"engineer_{letter}@openvine.co" for letter in "abc")


async def test_an_incident_is_opened_worked_on_and_ended_by_typing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        assert "#1 is open as P0" in await night.types("engineer_a", "/incident open p0 Videos do not start")
        assert "Videos do not start" in night.card()["text"]
        assert len(night.phone()) == 1, "a P0 pages"

        assert "yours" in await night.types("engineer_b", "/incident ack looking at the CDN")
        incident = await night.incident()
        assert (incident.state, incident.commander) == ("acknowledged", B)

        assert "#1 is P2 now" in await night.types("engineer_b", "/incident severity P2 only one region")
        assert "led by Engineer C" in await night.types("engineer_b", "/incident assign engineer_c@openvine.co")
        assert "your note" in await night.types("engineer_c", "/incident note the CDN purge is running")
        assert "mitigated" in await night.types("engineer_c", "/incident mitigate purge done")
        assert "open again" in await night.types("engineer_c", "/incident reopen still failing in Brazil")
        assert (await night.incident()).state == "triggered"
        assert "resolved" in await night.types("engineer_c", "/incident resolve 1 purged twice")

        texts = [event["text"] for event in await night.timeline()]
        for said_so in (
            "Acknowledged: looking at the CDN",
            "P0 → P2: only one region",
            "Handed over to Engineer C",
            "the CDN purge is running",
            "Mitigated, now watching: purge done",
            "Reopened: still failing in Brazil",
            "Resolved: purged twice",
        ):
            assert said_so in texts


async def test_a_number_means_that_incident_with_or_without_its_hash(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        for title in ("one", "two", "three"):
            await night.types("engineer_a", f"/incident open P2 {title}")
        assert "#2 is yours" in await night.types("engineer_a", "/incident ack 2")
        odd = await night.types("engineer_b", "/incident ack #3 for banana")
        assert "#3 is yours" in odd and "“for banana” was taken as your note, not as a time" in odd, "nobody is refused"
        assert "`/incident ack 3 30m`" in odd
        assert "“for banana” is not a time" in await night.types("engineer_b", "/incident snooze 3 for banana")
        assert [(await night.incident(n)).state for n in (1, 2, 3)] == ["triggered", "acknowledged", "acknowledged"]


MISTYPED = ("INC-5x", "#5x", "5/6", "№5", "-5", "# 5", "incident 5", "(5", "5x")


async def test_a_number_written_otherwise_means_that_incident_and_one_that_is_none_is_asked_back(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 the only one")
        await night.types("engineer_a", "/runbook start high-memory 1")
        before = await night.timeline()
        verbs = ("ack", "mitigate", "resolve", "reopen", "severity", "assign", "note", "escalate", "timeline", "show")
        commands = [f"/incident {verb} {{}}" for verb in verbs]
        commands += [f"/runbook {verb} {{}}" for verb in ("start", "next", "run", "done", "skip", "abort")]
        commands += [
            "/oncall page engineer_b {}",
            "/runbook start high-memory {}",
            "/runbook next high-memory {}",
        ]
        for text in commands:
            for spelled in ("INC-5", "#5.", "“5”", "5)"):
                answer = await night.types("engineer_a", text.format(spelled))
                assert "There is no incident #5" in answer, (text, spelled, answer)
            for spelled in MISTYPED:
                answer = await night.types("engineer_a", text.format(spelled))
                assert "not an incident number" in answer, (text, spelled, answer)
        for verb in ("severity P0", "assign engineer_b", "escalate engineer_b"):
            assert "There is no incident #5" in await night.types("engineer_a", f"/incident {verb} #5")
            answer = await night.types("engineer_a", f"/incident {verb} INC-5 it is worse")
            assert "may be an incident: its number stands first" in answer
        assert await night.timeline() == before
        assert "#1 is yours" in await night.types("engineer_a", "/incident ack INC-1: looking")
        assert "#1 is resolved" in await night.types("engineer_a", "/incident resolve 5xx are gone")


async def test_without_a_number_the_one_the_caller_leads_is_meant_else_all_are_listed_and_nothing_is_done(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 first trouble")
        await night.types("engineer_a", "/incident open P2 second trouble")
        before = await night.kinds(1), await night.kinds(2)
        for verb in (
            "ack",
            "mitigate",
            "resolve",
            "reopen why",
            "severity P0",
            "assign engineer_b",
            "note hm",
            "escalate",
        ):
            answer = await night.types("engineer_a", f"/incident {verb}")
            assert "2 incidents are open" in answer
            assert "Nothing was done" in answer
            assert "#1 first trouble" in answer and "#2 second trouble" in answer
            assert f"Type the number with it, for example `/incident {verb.split()[0]} 2`" in answer
        assert (await night.kinds(1), await night.kinds(2)) == before

        await night.types("engineer_a", "/incident ack 2")
        assert "#2 has your note" in await night.types("engineer_a", "/incident note mine")
        assert "2 incidents are open" in await night.types("engineer_b", "/incident note not mine")


async def test_what_only_concerns_the_asker_is_seen_by_the_asker_alone(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P1 Something")
        public = night.sees("engineer_b")
        for text in (
            "/incident list",
            "/incident show",
            "/incident timeline",
            "/incident help",
            "/incident frobnicate",
            "/incident ack 99",
            "/runbook list",
            "/runbook show high-memory",
            "/oncall who",
            "/oncall explain",
            "/oncall shifts",
        ):
            assert await night.types("engineer_a", text), f"{text} answers"
        assert night.sees("engineer_b") == public


async def test_the_list_has_what_is_open_and_the_latest_when_nothing_is(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        assert "none" in await night.types("gil", "/incident list")
        await night.types("engineer_a", "/incident open P1 Slow start")
        await night.types("engineer_a", "/incident open P2 Old thumbnails")
        listed = await night.types("gil", "/incident")
        assert "Slow start" in listed
        assert "Old thumbnails" in listed
        await night.types("engineer_a", "/incident resolve 1")
        assert "Slow start" not in await night.types("gil", "/incident list")
        await night.types("engineer_a", "/incident resolve 2")
        ended = await night.types("gil", "/incident list")
        assert "Nothing is open" in ended
        assert "Slow start" in ended


async def test_the_timeline_is_shown_of_the_last_incident_once_nothing_is_open(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        assert "no incident yet" in await night.types("engineer_a", "/incident timeline")
        await night.types("engineer_a", "/incident open P1 Slow start")
        await night.types("engineer_a", "/incident resolve better now")
        shown = await night.types("dana", "/incident timeline")
        assert "Timeline of #1" in shown
        assert "Resolved: better now" in shown


async def test_a_timeline_too_long_for_one_message_is_read_whole_in_a_window_else_in_several_messages(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Long story")
        for turn in range(8):
            await night.types("engineer_a", f"/incident note turn {turn}: " + f"word{turn} " * 250)
        whole = await night.types("engineer_b", "/incident timeline")
        assert all(f"word{turn}" in whole for turn in range(8))
        night.slack.faults.troubles.append(Trouble("expired_trigger_id", frozenset({"views.open"})))
        before = len(night.sees("engineer_b"))
        await night.types("engineer_b", "/incident timeline")
        answers = [said(m) for m in night.sees("engineer_b")[before:]]
        assert len(answers) > 1
        assert all(f"word{turn}" in "".join(answers) for turn in range(8))
        assert "(1 of" in answers[0]


async def test_a_wrong_verb_gets_a_suggestion_and_does_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        for typo, meant in {
            "/incident resovle": "resolve",
            "/incident akc": "ack",
            "/incident hlep": "help",
            "/runbook strat high-memory": "start",
            "/oncall whoo": "who",
        }.items():
            answer = await night.types("engineer_a", typo)
            assert f"`{meant}`" in answer, answer
            assert "Nothing was done" in answer
        assert "/incident help" in await night.types("engineer_a", "/incident xyzzy")
        assert await night.kinds() == ["opened", "paged"]


def test_every_verb_that_help_lists_is_served() -> None:
    assert {name: {verb.name for verb in VERBS[name]} - {"help"} for name in COMMANDS} == {
        name: set(verbs) for name, verbs in COMMANDS.items()
    }


async def test_help_lists_what_this_very_person_may_do_and_begins_with_what_can_be_typed_now(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        everything = await night.types("engineer_a", "/incident help")
        assert all(f"`{verb}`" in everything for verb in ("open", "ack", "resolve", "note", "timeline"))
        assert "Nothing is open" in everything and "/incident open P1" in everything
        some = await night.types("dana", "/incident help")
        assert all(f"`{verb}`" in some for verb in ("ack", "escalate", "note", "show"))
        assert not any(f"`{verb}`" in some for verb in ("open", "resolve", "severity", "assign"))
        little = await night.types("gil", "/incident help")
        assert all(f"`{verb}`" in little for verb in ("list", "show", "timeline"))
        assert not any(f"`{verb}`" in little for verb in ("ack", "note", "resolve", "snooze"))
        await night.alert()
        assert "`/incident ack 1`" in await night.types("dana", "/incident help")
        assert "`/runbook start high-crash-rate 1`" in await night.types("engineer_a", "/runbook help")
        await night.types("engineer_a", "/incident ack 1")
        await night.types("engineer_a", "/runbook start high-crash-rate 1")
        assert "you have it\n`/incident mitigate 1`" in await night.types("engineer_a", "/incident help")
        assert "`/runbook next 1`" in await night.types("engineer_a", "/runbook help")


async def test_words_that_mean_nothing_are_refused_with_what_to_type(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P1 Something")
        before = await night.kinds()
        for text, hint in {
            "/incident show 7": "There is no incident #7",
            "/incident severity P7": "P0, P1, P2",
            "/incident severity P1": "P1 already",
            "/incident assign nobody-here": "one of engineer_a, engineer_b, engineer_c",
            "/incident assign engineer_d": "I do not know “engineer_d”. Did you mean engineer_",
            "/oncall page enginer_c it is down": "“enginer_c”. Did you mean engineer_c",
            "/incident escalate 1 the-boss": "I do not know “the-boss”. Say who",
            "/incident open P7 weird sev": "“P7” is not a severity. It is one of P0, P1, P2. Nothing was done.",
            "/incident show abc": "“abc” is not an incident number",
            "/incident timeline 1 abc": "“abc” is not an incident number",
            "/incident ack 4 5": "“5” is not a note, and only one incident is taken at a time. Nothing was done.",
            "/incident resolve 1, 2": "“2” is not a note, and only one incident is taken at a time",
            "/runbook start high-memory now": "“now” is not an incident number",
            "/runbook show high": "fits several runbooks: high-crash-rate, high-memory. Nothing was done",
            "/incident reopen 1 why": "cannot be reopened",
            "/oncall page": "one of engineer_a, engineer_b, engineer_c",
            "/oncall who next-tuesdayish": "is not a date or time; write it like 2026-11-30T09:00",
            "/runbook show": "/runbook list",
            "/runbook next": "No runbook is being worked through",
        }.items():
            answer = await night.types("engineer_a", text)
            assert "🚫" in answer, text
            assert hint in answer, (text, answer)
        assert await night.kinds() == before


async def test_an_option_is_answered_with_the_help_and_pages_nobody(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        for text in ("open --help", "open P0 --severity P0", "open —help", "open -h", "ack --help", "ack 1 -h"):
            assert f"`/incident {text.split()[0]} [" in await night.types("engineer_a", f"/incident {text}"), text
        assert "no incident yet" in await night.types("engineer_a", "/incident timeline")
        assert "#1 is open" in await night.types("engineer_a", "/incident open P1 P95 of the start is over 3 s")
        assert (await night.incident()).title == "P95 of the start is over 3 s"


async def test_a_runbook_without_a_name_or_an_incident_is_asked_for_both(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        for title in ("one", "two"):
            await night.types("engineer_a", f"/incident open P2 {title}")
        answer = await night.types("engineer_a", "/runbook start")
        assert "Say which runbook: `/runbook start NAME N`, one of deployment, emergency-recovery," in answer
        assert "#2  P2  triggered  two" in answer


async def test_words_behind_a_person_become_a_note(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/incident assign 1 engineer_b knows the player best")
        await night.types("engineer_a", "/incident escalate 1 Engineer C the CDN is hers")
        texts = [event["text"] for event in await night.timeline()]
        assert "knows the player best" in texts
        assert "Calling Engineer C: the CDN is hers" in texts


async def test_the_help_says_which_words_may_be_left_out(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        assert "/incident reopen [N] [WHY]" in await night.types("engineer_a", "/incident help reopen")
        assert "/oncall page PERSON [N] [WHY]" in await night.types("engineer_a", "/oncall help page")


async def test_with_nothing_open_a_verb_says_so(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        for verb in ("ack", "resolve", "escalate", "note hm", "reopen because"):
            assert "open" in await night.types("engineer_a", f"/incident {verb}")
        answer = await night.types("engineer_a", "/incident ack 3")
        assert "There is no incident #3" in answer


async def test_an_ack_of_what_somebody_has_already_names_them_and_changes_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        await night.types("dana", "/incident ack")
        answer = await night.types("engineer_a", "/incident ack")
        assert "already acknowledged" in answer
        assert "by dana" in answer
        assert (await night.kinds()).count("acknowledged") == 1


async def test_refusals_and_cards_speak_of_people_by_their_names(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P0 Something")
        await night.types("engineer_b", "/incident ack")
        answer = await night.types("engineer_a", "/incident ack")
        assert "already acknowledged and led by Engineer B. Nothing changed" in answer
        await night.types("engineer_b", "/incident mitigate")
        assert "already mitigated and watched by Engineer B" in await night.types("engineer_a", "/incident ack")
        assert "(Engineer A, Engineer B, Engineer C)" in await night.types("dana", "/incident resolve")
        await night.types("engineer_a", "/oncall page engineer_c 1 please")
        assert "Engineer C (asked for by name)" in said(night.card())
        assert "Paged Engineer C by Slack" in [event["text"] for event in await night.timeline()]


async def test_escalate_calls_the_next_level_or_the_one_named(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        assert not night.dm("engineer_b")
        assert "next level" in await night.types("dana", "/incident escalate")
        assert "you are secondary" in said(night.dm("engineer_b")[-1])
        assert not night.dm("engineer_c")
        assert "Engineer C is being paged" in await night.types("dana", "/incident escalate 1 <@U0ENGINR0C>")
        assert "asked for you" in said(night.dm("engineer_c")[-1])


async def test_a_person_is_named_by_mention_email_first_part_or_full_name(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        for spelled, meant in {
            "@engineer_b": B,
            "engineer_c@openvine.co": C,
            "engineer_b": B,
            "Engineer C": C,
            "engineer a": A,
        }.items():
            await night.types("engineer_a", f"/incident assign {spelled}")
            assert (await night.incident()).commander == meant, spelled


async def test_who_is_on_call_why_and_when_one_is_next(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        now = await night.types("gil", "/oncall")
        assert "primary" in now
        assert "Engineer A" in now
        assert "Engineer B" in now
        later = await night.types("gil", "/oncall who 2026-01-12T10:00")
        assert later != now
        assert "week_1" in await night.types("gil", "/oncall explain")
        shifts = await night.types("engineer_a", "/oncall shifts")
        assert "Engineer A" in shifts
        assert "2026-01-12 09:00 UTC" in shifts, "the present shift began before it was asked for"
        assert "22:00 UTC" not in shifts


async def test_paging_a_person_directly_needs_an_incident_or_makes_one_and_keeps_the_reason(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        assert "Say why" in await night.types("engineer_a", "/oncall page engineer_c")
        assert not night.dm("engineer_c")
        assert "#1" in await night.types("engineer_a", "/oncall page engineer_c The studio feed is black")
        assert (await night.incident()).title == "The studio feed is black"
        assert "asked for you" in said(night.dm("engineer_c")[-1])
        await night.types("engineer_a", "/oncall page engineer_b it needs your key")
        assert "asked for you" in said(night.dm("engineer_b")[-1])
        assert any("it needs your key" in event["text"] for event in await night.timeline())
        assert "Only" in await night.types("dana", "/oncall page engineer_c please")


async def test_the_commands_carry_the_prefix_everywhere(tmp_path: Path, prefixed: None) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/ops-incident open P2 Something")
        shown = [
            await night.types("engineer_a", text)
            for text in (
                "/ops-incident help",
                "/ops-incident show 9",
                "/ops-incident snooze 1 20m",
                "/ops-incident xyzzy",
                "/ops-runbook list",
                "/ops-runbook next",
                "/ops-oncall load x",
            )
        ]
        shown.append(await night.types("gil", "/ops-incident ack"))
        for answer in shown:
            assert "`/ops-" in answer, answer
            assert "`/incident" not in answer
            assert "`/runbook" not in answer
            assert "`/oncall" not in answer
        assert "type /ops-incident ack 1 in Slack" in night.mails()[0]["text"]


async def test_a_modal_opens_where_words_are_missing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        engineer = night.person("engineer_a")
        await night.types("engineer_a", "/incident open")
        assert "Please complete" in (await night.fills_in("engineer_a", severity="P0"))["title"]
        await night.fills_in("engineer_a", title="Black frames", severity="P0", text="since the release")
        incident = await night.incident()
        assert (incident.title, incident.severity, incident.opened_at.date()) == ("Black frames", "P0", MONDAY.date())
        assert engineer.view is None

        await night.types("engineer_a", "/incident severity")
        await night.fills_in("engineer_a", severity="P1", text="only on old phones")
        await night.types("engineer_a", "/incident assign")
        await night.fills_in("engineer_a", person="U0DANASUP1")
        await night.types("engineer_a", "/incident note")
        await night.fills_in("engineer_a", text="rolled back\nthe player")
        texts = [event["text"] for event in await night.timeline()]
        for said_so in (
            "since the release",
            "P0 → P1: only on old phones",
            "Commander: dana",
            "rolled back\nthe player",
        ):
            assert said_so in texts
        assert (await night.incident()).commander == "slack:U0DANASUP1"


async def test_a_modals_refusal_stands_at_its_field_and_what_was_typed_is_kept(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/incident severity")
        errors = await night.fills_in("engineer_a", severity="P2", text="no reason")
        assert "P2 already" in errors["severity"]
        view = night.person("engineer_a").view
        assert view is not None
        assert view["state"]["values"]["text"]["text"]["value"] == "no reason"


@pytest.fixture
def prefixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace in which another app has `/incident` already."""
    prefix_the_commands(monkeypatch, "ops-")


def prefix_the_commands(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setattr(run, "manifest", partial(manifest, prefix=prefix))
    monkeypatch.setattr(run, "settings_for", lambda *given: replace(settings_for(*given), command_prefix=prefix))


async def test_whoever_had_it_is_told_that_a_raised_severity_calls_again(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_c", "/incident open P2 Slow feed")
        await night.types("engineer_c", "/incident ack 1")
        await night.types("engineer_b", "/incident severity 1 P0 it spreads")
        assert "Engineer C had it; it calls again" in said(night.card())
        assert "raised to P0: it calls again until somebody acknowledges it" in said(night.dm("engineer_c")[-1])
