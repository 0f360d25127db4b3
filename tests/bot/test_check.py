"""`incident-bot check`: what it prints, how it exits, and what each probe says of a service that is well, wrong or away."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from click.testing import CliRunner, Result
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.cli import session as program
from bot.cli.check import check
from bot.cli.probes import Memory, probes
from bot.configuration import BotConfig, Config, load
from bot.configuration.findings import Finding
from bot.ground.clock import Clock, FrozenClock
from bot.preflight.admin import ask_openvine
from bot.preflight.asking import Probe
from bot.preflight.mail import ask_mail
from bot.preflight.pagerduty import ask_pagerduty
from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.seed import SEED, Seed
from bot.settings import Settings, WrongVariables
from bot.slack.probe import Asking
from bot.slack.probe import ask_slack as probe_slack
from bot.web.serve import served
from oncall.rota import Override
from tests.bot.configuration.cases import SHIPPED
from tests.sandbox.slack.conftest import served_slack
from tests.sandbox.slack.refusing import refusing

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
PAGES = {"PAGERDUTY_ROUTING_KEY": "0123456789abcdef0123456789abcdef"}
"""One way to reach somebody, which is the least a bot needs."""
DEAD = "http://127.0.0.1:1"


@dataclass
class Session:
    """What the root group would hand over."""

    settings: Settings
    clock: Clock = field(default_factory=lambda: FrozenClock(AT))
    made: Sequence[Override] = ()
    asking: Iterable[Probe] = ()
    took: frozenset[str] | None = None
    running: Config | None = None
    ground: Finding = field(default_factory=lambda: Finding("good", "database", "is there"))

    wrong: WrongVariables | None = None

    def wrong_variables(self) -> WrongVariables | None:
        return self.wrong

    def database(self) -> Finding:
        return self.ground

    def overrides(self) -> Sequence[Override]:
        return self.made

    def in_force(self) -> Config | None:
        return self.running

    def delivered(self, transports: Iterable[str]) -> frozenset[str] | None:
        return self.took

    def probes(self, dm: str = "") -> Iterable[Probe]:
        return self.asking


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "config"))


@pytest.fixture(scope="module")
def bot() -> BotConfig:
    return load(SHIPPED).bot


def run(folder: Path, *args: str, probes: Iterable[Probe] = (), variables: Mapping[str, str] | None = None) -> Result:
    settings = Settings.isolated({"CONFIG_DIR": str(folder), **(PAGES if variables is None else variables)})
    return CliRunner().invoke(check, args, obj=Session(settings, asking=probes))


def test_a_transport_that_has_never_delivered_is_said_and_one_whose_address_cannot_be_used_is_a_fault(
    folder: Path,
) -> None:
    bot_yml = folder / "bot.yml"
    named = """transports:
  sms: {by: apprise}
  desk: {by: webhook, url: "${TRANSPORT_DESK_URL}", secret: "${TRANSPORT_DESK_SECRET}"}
apprise_schemes: [json]
"""
    own = '{name: Engineer A, addresses: {sms: "${TRANSPORT_SMS_A}"}}'
    bot_yml.write_text(named + bot_yml.read_text().replace("{name: Engineer A}", own))
    variables = PAGES | {"CONFIG_DIR": str(folder), "TRANSPORT_SMS_A": "twilio://sid-that-is-long-enough:token@1/2"}
    variables |= {"TRANSPORT_DESK_URL": "https://desk.example.com/hook", "TRANSPORT_DESK_SECRET": "not-the-right-shape"}
    session = Session(Settings.isolated(variables), took=frozenset({"pagerduty"}))
    result = CliRunner().invoke(check, (), obj=session)
    said = " ".join(result.output.split())
    assert result.exit_code == 1
    assert "desk and SMS have never delivered a page" in said
    assert "SMS: TRANSPORT_SMS_A may not be used" in said and "TRANSPORT_DESK_SECRET is not a webhook secret" in said
    assert "SMS reaches Engineer A" in said and "sid-that" not in said and "not-the-right" not in said
    assert "never delivered" not in run(folder).output, "where nobody can say, nothing is said"
    bot_yml.write_text(bot_yml.read_text() + "retention: {paged: 30d}\n")
    said = " ".join(CliRunner().invoke(check, (), obj=session).output.split())
    assert "desk and SMS have no page to show of the last 30d;" in said, "older ones are not kept"


def test_what_can_be_measured_is_counted_and_a_folder_without_monitoring_is_told_that_nothing_can(folder: Path) -> None:
    assert "11 are sampled once a minute from 4 endpoints of api.openvine.co" in run(folder).output
    (folder / "monitoring.yml").unlink()
    result = run(folder)
    assert result.exit_code == 0
    assert "without monitoring.yml nothing can be measured" in result.output


def test_a_folder_without_monitoring_is_told_which_procedures_cannot_see_whether_they_helped(folder: Path) -> None:
    (folder / "monitoring.yml").unlink()
    watching = "  - {id: w, title: Watch, type: monitor, metric: video_memory_mb, below: 800, for: 2h}"
    (folder / "runbooks" / "watching.yml").write_text(f"id: watching\ntitle: Watching\nsteps:\n{watching}\n")
    result = run(folder)
    assert "watching has helped is left to a person" in " ".join(result.output.split())


def test_metrics_of_a_host_that_may_not_be_called_are_a_fault(folder: Path) -> None:
    result = run(folder, variables=PAGES | {"OPENVINE_API_URL": "https://elsewhere.example"})
    assert "none of 11 metrics" not in result.output
    file = folder / "bot.yml"
    file.write_text(file.read_text().replace("  - ${OPENVINE_API_URL}", "  - api.openvine.co"))
    result = run(folder, variables=PAGES | {"OPENVINE_API_URL": "https://elsewhere.example"})
    assert result.exit_code == 1
    assert "elsewhere.example is not in `hosts` of bot.yml, so none of 11 metrics could be read" in " ".join(
        result.output.split()
    )


def test_what_steps_use_of_the_machine_is_counted_and_what_is_not_here_is_noted(folder: Path) -> None:
    file = folder / "bot.yml"
    here, gone = f"logs: {{app: {file}}}", "logs: {app: /no/such.log}"
    commands = "commands: {directory: %s, allow: [[./deploy.sh, staging]]}"
    file.write_text(f"{file.read_text()}\n{here}\n{commands % folder}\n")
    said = " ".join(run(folder).output.split())
    assert f"steps may run 1 entry of `allow` in {folder}" in said
    assert "there is no f" not in said
    file.write_text(file.read_text().replace(here, gone).replace(commands % folder, commands % "/no/such"))
    result = run(folder)
    said = " ".join(result.output.split())
    assert result.exit_code == 0
    assert "app: there is no file /no/such.log on this machine" in said
    assert "there is no folder /no/such on this machine, so no command could run" in said


def test_a_step_that_bot_yml_gives_no_log_and_no_command_is_noted(folder: Path) -> None:
    steps = """id: mine
title: Mine
parameters: [{name: stage, values: [staging, production]}]
steps:
  - {id: look, title: Look, type: logs, file: app}
  - {id: run, title: Run, type: command, argv: [./deploy.sh, "${stage}"]}
"""
    (folder / "runbooks" / "mine.yml").write_text(steps)
    result = run(folder)
    said = " ".join(result.output.split())
    assert result.exit_code == 0
    assert "would not run as things stand: no log is named in bot.yml" in said and "mine, step look" in said
    assert "would not run as things stand: commands are switched off" in said and "mine, step run" in said
    file = folder / "bot.yml"
    file.write_text(
        f"{file.read_text()}\nlogs: {{app: {file}}}\ncommands: {{directory: {folder}, allow: [[./deploy.sh, staging]]}}\n"
    )
    assert "mine, step" not in run(folder).output


def test_the_shipped_configuration_is_good_with_one_way_to_page() -> None:
    result = run(SHIPPED)
    assert result.exit_code == 0
    assert "✗" not in result.output
    assert result.output.splitlines()[0].startswith("✓ files")
    assert result.output.splitlines()[-1].startswith("Good, ")


def test_a_bot_that_can_page_nobody_is_not_good() -> None:
    result = run(SHIPPED, variables={})
    assert result.exit_code == 1
    assert "✗ transports   none is set up, so nobody would be paged" in result.output
    assert result.output.splitlines()[-1].startswith("1 fault to mend")


def test_it_says_what_is_off_what_is_default_and_where_the_document_contradicts_itself() -> None:
    lines = run(SHIPPED).output
    for part in (
        "email is off",
        "starts: 2024-01-01",
        "contradicts itself",
        "critical 800 MB",
        "4 of 4 rules have a runbook",
    ):
        assert part in lines


def test_a_bad_file_ends_with_1_and_every_fault_in_its_place(folder: Path) -> None:
    (folder / "bot.yml").write_text("servce: x\n")
    (folder / "alerts.yml").write_text("rules: 5\n")
    result = run(folder)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].startswith(f"✗ {folder}/alerts.yml:1:8: ")
    assert any(line.startswith(f"✗ {folder}/bot.yml:1:1: unknown key “servce”; did you mean") for line in lines)
    assert lines[-1].startswith("6 faults. ")


def test_a_bad_file_as_json_gives_file_line_and_column(folder: Path) -> None:
    (folder / "alerts.yml").write_text("rules: 5\n")
    result = run(folder, "--json")
    document = json.loads(result.output)
    assert (result.exit_code, document["ok"]) == (1, False)
    [fault] = document["faults"]
    assert (fault["file"], fault["line"], fault["column"]) == ("alerts.yml", 1, 8)


def test_all_that_is_wrong_with_the_environment_and_the_files_is_one_answer(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PORT=abc\nLOG_LEVEL=loud\nSLACK_BOT_TOKN=xoxb-hunter2\n")
    (folder / "alerts.yml").write_text("rules: 5\n")
    result = CliRunner().invoke(check, [], obj=program.Session(None))
    assert result.output.splitlines() == [
        "✗ environment: LOG_LEVEL must be 'debug', 'info', 'warning' or 'error', not “loud”",
        "✗ environment: PORT must be a number from 0 to 65535, not “abc”",
        "✗ config/alerts.yml:1:8: “rules”: must be a list: lines that begin with “- ”, or [one, two]",
        '! .env: SLACK_BOT_TOKN is not a variable of the bot; did you mean "SLACK_BOT_TOKEN"?',
        "",
        "3 faults. A running bot stays on its last good version. None can start in this environment.",
    ]
    document = json.loads(CliRunner().invoke(check, ["--json"], obj=program.Session(None)).output)
    assert (result.exit_code, len(document["faults"]), len(document["findings"])) == (1, 3, 1)


def test_json_is_one_document_with_every_finding() -> None:
    document = json.loads(run(SHIPPED, "--json").output)
    assert document["ok"] is True
    assert document["faults"] == []
    assert {"mark", "topic", "text", "details"} == set(document["findings"][0])
    assert {"good", "note"} == {finding["mark"] for finding in document["findings"]}


def test_a_hole_in_the_rota_ends_with_1(folder: Path) -> None:
    (folder / "oncall_schedule.yml").write_text("week_1: {primary: engineer_a@openvine.co}\n")
    result = run(folder)
    assert result.exit_code == 1
    assert "nobody is secondary" in result.output


def test_a_file_that_nobody_reads_is_named(folder: Path) -> None:
    (folder / "alert.yml").write_text("")
    assert 'alert.yml is not read; did you mean "alerts.yml"?' in run(folder).output


@pytest.mark.parametrize(
    ("variables", "part"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "no button or command arrives"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN is unset"),
        ({"SMTP_URL": "smtp://localhost"}, "MAIL_FROM is not"),
        ({"MAIL_FROM": "a@b.co"}, "SMTP_URL is not"),
        ({"HOST": "0.0.0.0"}, "INTAKE_TOKENS is unset"),
    ],
)
def test_what_is_set_by_half_is_a_fault(variables: dict[str, str], part: str) -> None:
    result = run(SHIPPED, variables=variables)
    assert result.exit_code == 1
    assert part in " ".join(result.output.split())


def test_a_step_that_would_be_refused_for_its_host_is_a_fault(folder: Path) -> None:
    text = (folder / "bot.yml").read_text().replace("${CDN_STATUS_URL}", "status.example.com")
    (folder / "bot.yml").write_text(text)
    result = run(folder)
    assert result.exit_code == 1
    assert "status.cdn-provider.com is not in `hosts`" in " ".join(result.output.split())


def test_no_probe_is_asked_without_live_and_all_of_them_with_it() -> None:
    asked: list[str] = []

    def probe(name: str, mark: Any) -> Probe:
        async def ask(config: Config) -> list[Finding]:
            asked.append(f"{name} {config.bot.service}")
            return [Finding(mark, name, f"{name} said so")]

        return ask

    probes = [probe("one", "good"), probe("two", "fault")]
    assert run(SHIPPED, probes=probes).exit_code == 0
    assert asked == []
    result = run(SHIPPED, "--live", probes=probes)
    assert result.exit_code == 1
    assert sorted(asked) == ["one openvine-video", "two openvine-video"]
    assert "✗ two          two said so" in result.output


def test_the_program_knows_the_command() -> None:
    from bot.cli import cli

    command = cli.get_command(click.Context(cli), "check")
    assert command is check


# What the probes find.

Ask = Callable[[], Awaitable[list[Finding]]]


def marks(findings: list[Finding]) -> list[str]:
    return [finding.mark for finding in findings]


async def ask_slack(settings: Settings, bot: BotConfig, team: str = "", dm: str = "") -> list[Finding]:
    assert settings.slack_bot_token is not None
    client = AsyncWebClient(settings.slack_bot_token.reveal(), base_url=settings.slack_api_url)
    return await probe_slack(client, bot, Asking(team=team, dm=dm))


def slack_settings(url: str, token: str = "xoxb-sandbox-bot") -> Settings:
    return Settings.isolated({"SLACK_API_URL": f"{url}/slack/api", "SLACK_BOT_TOKEN": token})


async def test_a_slack_in_which_all_is_well(bot: BotConfig) -> None:
    async with served_slack() as world:
        findings = await ask_slack(slack_settings(world.base_url), bot)
    assert marks(findings) == ["good", "good", "good"]
    assert "the bot is in #video-system-alerts" in findings[2].text


async def test_each_missing_scope_is_named_with_what_it_is_for(bot: BotConfig) -> None:
    app = replace(SlackApp(), scopes=SlackApp().scopes - {"chat:write", "im:write"})
    async with served_slack(app=app) as world:
        findings = await ask_slack(slack_settings(world.base_url), bot)
    [fault] = [finding for finding in findings if finding.mark == "fault"]
    assert [line.split(": ")[0] for line in fault.details] == ["chat:write", "im:write"]


async def test_an_optional_scope_that_was_not_granted_is_a_note_with_what_is_off(bot: BotConfig) -> None:
    app = replace(SlackApp(), scopes=SlackApp().scopes - {"im:history"})
    async with served_slack(app=app) as world:
        findings = await ask_slack(slack_settings(world.base_url), bot)
    [note] = [finding for finding in findings if finding.mark == "note"]
    assert [line.split(": ")[0] for line in note.details] == ["im:history"]


async def test_with_dm_one_direct_message_is_posted_and_taken_away_and_without_it_nobody_hears_a_thing(
    bot: BotConfig,
) -> None:
    async with served_slack() as world:
        await ask_slack(slack_settings(world.base_url), bot)
        assert not [call for call in world.calls if call.method.startswith("chat.")]
        findings = await ask_slack(slack_settings(world.base_url), bot, dm="engineer_b@openvine.co")
        calls = [call for call in world.calls if call.method.startswith("chat.")]
    assert findings[-1].mark == "good"
    assert findings[-1].text.startswith("engineer_b@openvine.co can be paged by direct message")
    assert [call.method for call in calls] == ["chat.postMessage", "chat.delete"]
    assert calls[1].args["ts"] == calls[0].result["ts"]


async def test_with_dm_a_messages_tab_that_is_off_is_a_fault_with_what_to_do(
    bot: BotConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served_slack() as world:
        refusing(monkeypatch, "chat.postMessage", "messages_tab_disabled")
        findings = await ask_slack(slack_settings(world.base_url), bot, dm="engineer_b@openvine.co")
    assert findings[-1].mark == "fault"
    assert "messages_tab_disabled" in findings[-1].text
    assert "App Home › Show Tabs › Messages Tab" in findings[-1].text


def test_dm_without_live_is_a_usage_error() -> None:
    assert run(SHIPPED, "--dm", "engineer_a@openvine.co").exit_code == 2


async def test_a_person_without_an_account_is_a_note_and_a_given_id_is_not_looked_up(bot: BotConfig) -> None:
    nobody = replace(bot.people["engineer_a@openvine.co"], email="nobody@openvine.co")
    known = replace(nobody, email="other@openvine.co", slack="U0ENGINR0A")
    people = {each.email: each for each in (nobody, known)}
    async with served_slack() as world:
        findings = await ask_slack(slack_settings(world.base_url), replace(bot, people=people))
    notes = [finding.text for finding in findings if finding.mark == "note"]
    assert notes == ["nobody@openvine.co has no Slack account: paged by the other transports only"]


async def test_an_account_that_is_no_full_members_is_a_note_for_no_page_goes_to_it(bot: BotConfig) -> None:
    guest = replace(bot.people["engineer_a@openvine.co"], email="gil@partner.example")
    async with served_slack() as world:
        findings = await ask_slack(slack_settings(world.base_url), replace(bot, people={guest.email: guest}))
    (note,) = [finding.text for finding in findings if finding.mark == "note"]
    assert note.startswith("the Slack account U0GUESTGI1 with the address gil@partner.example is a guest account")


@pytest.mark.parametrize(
    ("channel", "part"),
    [
        ("#nowhere", "there is no channel #nowhere that the bot can see"),
        ("C0NOWHERE1", "there is no channel C0NOWHERE1 that the bot can see"),
        ("C0GENERAL1", "the bot is not in C0GENERAL1; type /invite"),
    ],
)
async def test_a_channel_that_cannot_be_used_is_a_fault(bot: BotConfig, channel: str, part: str) -> None:
    async with served_slack() as world:
        findings = await ask_slack(slack_settings(world.base_url), replace(bot, channel=channel))
    assert any(finding.mark == "fault" and part in finding.text for finding in findings), findings


async def test_a_token_that_slack_refuses_is_a_fault_without_the_token(bot: BotConfig) -> None:
    async with served_slack() as world:
        [finding] = await ask_slack(slack_settings(world.base_url, "xoxb-hunter2"), bot)
    assert (finding.mark, finding.text) == ("fault", "refused: invalid_auth")


@pytest.mark.parametrize(
    ("seed", "part"),
    [
        (replace(SEED, org_wide=True), "refused: this is an org-wide install"),
        (replace(SEED, team_id="T0ELSEWHER"), "belongs to the workspace T0OPENVINE, the token to T0ELSEWHER"),
    ],
)
async def test_a_workspace_that_the_bot_would_refuse_is_a_fault_and_asked_nothing_more(
    bot: BotConfig, seed: Seed, part: str
) -> None:
    async with served_slack(seed=seed) as world:
        [finding] = await ask_slack(slack_settings(world.base_url), bot, SEED.team_id)
        assert [call.method for call in world.calls] == ["auth.test"]
    assert finding.mark == "fault"
    assert part in finding.text


async def test_a_database_that_belongs_to_no_workspace_yet_takes_any(bot: BotConfig) -> None:
    async with served_slack(seed=replace(SEED, team_id="T0ELSEWHER")) as world:
        findings = await ask_slack(slack_settings(world.base_url), bot)
    assert "fault" not in marks(findings)


async def test_a_slack_that_is_away_is_a_fault(bot: BotConfig) -> None:
    [finding] = await ask_slack(slack_settings(DEAD), bot)
    assert finding.mark == "fault"
    assert "cannot be reached" in finding.text


async def test_without_a_token_the_bot_has_no_slack() -> None:
    of_slack, *_ = probes(Settings.isolated({}), Asking(), Memory(), AT)
    assert marks(await of_slack(load(SHIPPED))) == ["fault"]


def openvine(status: int, seen: list[Request]) -> Starlette:
    async def health(request: Request) -> Response:
        seen.append(request)
        return Response("{}", status)

    return Starlette(routes=[Route("/openvine/health/video-system", health)])


@pytest.mark.parametrize(
    ("status", "mark"), [(200, "good"), (401, "fault"), (403, "fault"), (404, "fault"), (503, "note")]
)
async def test_the_admin_api_is_asked_for_its_health(status: int, mark: str) -> None:
    seen: list[Request] = []
    async with served(openvine(status, seen)) as url:
        variables = {"OPENVINE_API_URL": f"{url}/openvine/", "OPENVINE_API_TOKEN": "hunter2"}
        [finding] = await ask_openvine(Settings.isolated(variables))
    assert finding.mark == mark
    assert seen[0].headers["authorization"] == "Bearer hunter2"
    assert "hunter2" not in finding.text


async def test_an_admin_api_that_is_away_is_a_fault() -> None:
    [finding] = await ask_openvine(Settings.isolated({"OPENVINE_API_URL": DEAD}))
    assert finding.mark == "fault"


Events = Callable[[dict[str, Any]], int]


async def asked_pagerduty(answers: Events, bot: BotConfig) -> tuple[list[Finding], list[dict[str, Any]]]:
    """What is found where events are answered so, and the events."""
    events: list[dict[str, Any]] = []

    async def enqueue(request: Request) -> Response:
        events.append(await request.json())
        return Response(status_code=answers(events[-1]))

    async with served(Starlette(routes=[Route("/v2/enqueue", enqueue, methods=["POST"])])) as url:
        variables = {"PAGERDUTY_EVENTS_URL": f"{url}/v2/enqueue", "PAGERDUTY_ROUTING_KEY": "hunter2"}
        return await ask_pagerduty(Settings.isolated(variables), bot), events


async def test_pagerduty_is_asked_to_resolve_what_was_never_open_and_nothing_else(bot: BotConfig) -> None:
    own = replace(bot.people["engineer_a@openvine.co"], pagerduty_routing_key="hunter3")
    people = {**bot.people, own.email: own}
    findings, events = await asked_pagerduty(lambda event: 202, replace(bot, people=people))
    assert marks(findings) == ["good", "good"]
    assert [(event["event_action"], event["routing_key"]) for event in events] == [
        ("resolve", "hunter2"),
        ("resolve", "hunter3"),
    ]
    assert {event["dedup_key"] for event in events} == {"incident-bot/preflight"}
    assert not [text for text in map(str, findings) if "hunter" in text]


@pytest.mark.parametrize(("status", "mark"), [(400, "fault"), (429, "note"), (503, "fault")])
async def test_a_key_that_pagerduty_refuses_is_a_fault_before_a_page_finds_out(
    bot: BotConfig, status: int, mark: str
) -> None:
    [finding], _ = await asked_pagerduty(lambda event: status, bot)
    assert finding.mark == mark
    assert str(status) in finding.text


@pytest.mark.parametrize(
    "ask",
    [
        lambda: ask_pagerduty(Settings.isolated({}), load(SHIPPED).bot),
        lambda: ask_mail(Settings.isolated({}), load(SHIPPED).bot),
    ],
    ids=["pagerduty", "email"],
)
async def test_what_is_not_set_up_is_a_note(ask: Ask) -> None:
    assert marks(await ask()) == ["note"]


class _MailServer:
    """A real SMTP server that knows one user."""

    async def __aenter__(self) -> int:
        def protocol() -> SMTP:
            return SMTP(_Taker(), authenticator=_known, auth_require_tls=False, hostname="mail.example.com")

        self._server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()


class _Taker:
    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address.startswith("engineer_c"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *_: object) -> str:  # noqa: N802
        raise AssertionError("a probe sends no mail")


def _known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"bot", b"hunter2"), handled=False)


@pytest.mark.parametrize(
    ("login", "mark", "part"),
    [
        ("", "good", "answers"),
        ("bot:hunter2@", "good", "and the login is good"),
        ("bot:hunter3@", "fault", "refuses the user or password of SMTP_URL (535)"),
    ],
)
async def test_the_mail_server_is_greeted_and_signed_in_to(login: str, mark: str, part: str) -> None:
    async with _MailServer() as port:
        settings = Settings.isolated({"SMTP_URL": f"smtp://{login}127.0.0.1:{port}"})
        [finding] = await ask_mail(settings, load(SHIPPED).bot)
    assert finding.mark == mark
    assert part in finding.text
    assert "hunter" not in finding.text


async def test_the_mail_server_is_asked_for_each_recipient_and_no_mail_is_sent(bot: BotConfig) -> None:
    async with _MailServer() as port:
        settings = Settings.isolated({"SMTP_URL": f"smtp://127.0.0.1:{port}", "MAIL_FROM": "bot@openvine.co"})
        [finding] = await ask_mail(settings, bot)
        people = {email: person for email, person in bot.people.items() if not email.startswith("engineer_c")}
        [well] = await ask_mail(settings, replace(bot, people=people))
    assert (finding.mark, finding.details) == ("fault", ("engineer_c@openvine.co (550)",))
    assert "takes all 3 recipients" in well.text


async def test_a_mail_server_that_is_away_is_a_fault(bot: BotConfig) -> None:
    [finding] = await ask_mail(Settings.isolated({"SMTP_URL": "smtp://127.0.0.1:1"}), bot)
    assert finding.mark == "fault"
    assert "cannot be reached" in finding.text


def test_a_rule_that_the_bot_cannot_evaluate_is_named_with_what_is_missing(folder: Path) -> None:
    said = " ".join(run(folder).output.split())
    assert "rules, thresholds and levels are evaluated by the bot, by its own samples" in said
    assert "video_crash_rate_high: no endpoint gives app_crashes" in said
    assert "by its own figures its incident is P0 at most (crash_rate > 3)" in said
    assert "that more than 10 % are a P0 is graded by hand" in said
    asked = run(folder, variables=PAGES | {"PROMETHEUS_URL": "http://prometheus.example:9090"}).output
    assert "their queries by the Prometheus at prometheus.example" in " ".join(asked.split())
    assert "app_crashes: there is no" not in asked


def test_a_rule_that_is_left_to_the_bot_alone_has_to_be_answerable(folder: Path) -> None:
    file = folder / "alerts.yml"
    file.write_text(file.read_text().replace("    for: 2m\n", "    for: 2m\n    evaluate: bot\n"))
    result = run(folder)
    assert result.exit_code == 1
    query = "    query: rate(app_crashes["
    (line,) = [number for number, text in enumerate(file.read_text().splitlines(), 1) if text.startswith(query)]
    fault = f"alerts.yml:{line}:12: the bot alone is to evaluate it, and cannot: no endpoint gives app_crashes"
    assert fault in result.output


def test_a_level_of_a_rule_that_is_not_there_is_a_note(folder: Path) -> None:
    file = folder / "monitoring.yml"
    file.write_text(file.read_text().replace("rule: video_preload_slow", "rule: video_preload_slwo"))
    result = run(folder)
    assert result.exit_code == 0
    assert "preload_time_ms: video_preload_slwo" in result.output


def test_files_that_are_not_in_force_yet_say_whom_they_will_move(folder: Path) -> None:
    running, rota = load(folder), folder / "oncall_schedule.yml"
    settings = Settings.isolated({"CONFIG_DIR": str(folder), **PAGES})

    def said() -> str:
        return " ".join(CliRunner().invoke(check, (), obj=Session(settings, running=running)).output.split())

    assert "not in force yet" not in said()
    rota.write_text(rota.read_text().replace("primary: engineer_a", "primary: engineer_c"))
    assert "these files are not in force yet" in said()
    assert "engineer_c@openvine.co instead of engineer_a@openvine.co as primary from Mon" in said()
