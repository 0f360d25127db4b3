"""The environment: every variable, what wins, what is refused, and that no secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.configuration.set_up import missing
from bot.errors import ConfigError
from bot.ground.redaction import Mask
from bot.ground.secret import Secret
from bot.settings import Settings, variables

SECRETS = {
    "DATABASE_URL": "postgresql://bot:hunter2@db.example.com/incidents",
    "SLACK_BOT_TOKEN": "xoxb-hunter2",
    "SLACK_APP_TOKEN": "xapp-hunter2",
    "SLACK_SIGNING_SECRET": "hunter2",
    "PAGERDUTY_ROUTING_KEY": "hunter2",
    "PAGERDUTY_WEBHOOK_SECRETS": "hunter2,hunter2b",
    "SMTP_URL": "smtp://bot:hunter2@mail.example.com:25",
    "OPENVINE_API_TOKEN": "hunter2",
    "INTAKE_TOKENS": "hunter2",
    "GRAFANA_WEBHOOK_SECRET": "hunter2",
    "SENTRY_CLIENT_SECRET": "hunter2",
    "CALENDAR_TOKENS": "hunter2",
    "SILENCE_TOKENS": "hunter2",
    "HEARTBEAT_URL": "https://hc.example.com/hunter2",
}
CONTRACT = {
    *SECRETS,
    *("CONFIG_DIR", "HOST", "PORT", "SLACK_API_URL", "COMMAND_PREFIX", "PAGERDUTY_EVENTS_URL", "MAIL_FROM"),
    *("OPENVINE_API_URL", "CDN_TEST_URL", "CDN_STATUS_URL", "PROMETHEUS_URL", "LOG_LEVEL", "LOG_FORMAT"),
}


def test_every_secret_of_the_environment_is_known_to_the_mask() -> None:
    values = {name: value.replace("hunter2", "hunter-the-second") for name, value in SECRETS.items()}
    values |= {"CDN_TEST_URL": "https://cdn.example/v.mp4?signed=0123456789abcdef&size=9"}
    mask = Mask().also(Settings.isolated(values).secrets())
    for name, value in values.items():
        shown = mask(f"{name} was {value}")
        assert "hunter" not in shown and "0123456789abcdef" not in shown, name
    assert mask("db.example.com, mail.example.com and size=9 are none") == (
        "db.example.com, mail.example.com and size=9 are none"
    )


@pytest.mark.parametrize("more", ["?starttls=never", "?starttls="])
def test_a_word_about_starttls_that_is_none_is_refused(more: str) -> None:
    with pytest.raises(ConfigError, match="required"):
        Settings.isolated({"SMTP_URL": f"smtp://mail.example.com{more or ''}x"})


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in CONTRACT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def refusal(**values: str) -> str:
    with pytest.raises(ConfigError) as error:
        Settings.isolated(values)
    assert error.value.__cause__ is None
    assert error.value.__context__ is None
    return str(error.value)


def test_every_variable_of_the_contract_is_there_and_no_other() -> None:
    assert set(variables()) == CONTRACT


def test_nothing_has_to_be_set() -> None:
    settings = Settings.load()
    assert (settings.host, settings.port, settings.config_dir) == ("127.0.0.1", 3000, Path("config"))
    assert settings.database == "sqlite:///incident-bot.db"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.openvine_api_url == "https://api.openvine.co"
    assert settings.pagerduty_events_url == "https://events.pagerduty.com/v2/enqueue"
    assert settings.cdn_test_url == "https://example-video-cdn.com/test-video.mp4"
    assert settings.cdn_status_url == "https://status.cdn-provider.com/api/status"
    assert settings.transports() == set()
    assert settings.mode() is None


def test_the_env_file_is_read_only_when_asked_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=4000\nHOST=10.0.0.1\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("HOST", "10.0.0.2")
    assert (Settings.load().port, Settings.load().host) == (3000, "10.0.0.2")
    asked = Settings.load(env_file=True)
    assert (asked.port, asked.host) == (4000, "10.0.0.2")


def test_what_the_env_file_names_and_nothing_reads_is_noted_with_what_was_meant() -> None:
    Path(".env").write_text("SLACK_BOT_TOKN=xoxb-hunter2\nSOMETHING=1\nTRANSPORT_SMS=x://y\nPORT=4000\nKEY hunter2\n")
    lines = missing(Settings.load(env_file=True))
    assert '.env: SLACK_BOT_TOKN is not a variable of the bot; did you mean "SLACK_BOT_TOKEN"?' in lines
    assert ".env: SOMETHING is not a variable of the bot; nothing reads it" in lines
    assert ".env: line 5 is not of the form NAME=VALUE; nothing reads it" in lines
    assert "hunter2" not in str(lines)
    assert not [line for line in lines if "PORT" in line]


def test_an_env_file_that_is_no_text_is_told_without_its_content() -> None:
    Path(".env").write_bytes(b"SLACK_BOT_TOKEN=xoxb-hunter2\xff\n")
    with pytest.raises(ConfigError, match=r"^\.env: the file cannot be read") as error:
        Settings.load(env_file=True)
    assert "hunter2" not in str(error.value)


def test_isolated_settings_look_neither_at_the_environment_nor_at_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=4000\n")
    monkeypatch.setenv("HOST", "10.0.0.2")
    settings = Settings.isolated({"LOG_LEVEL": "DEBUG"})
    assert (settings.port, settings.host, settings.log_level) == (3000, "127.0.0.1", "debug")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    monkeypatch.setenv("PORT", "")
    assert Settings.load().slack_bot_token is None
    assert Settings.isolated({"PORT": ""}).port == 3000


def test_no_secret_is_shown_by_printing_the_settings() -> None:
    settings = Settings.isolated(SECRETS)
    assert "hunter2" not in f"{settings!r} {settings}"
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.reveal() == "xoxb-hunter2"


HARMLESS = {"PORT", "HOST", "LOG_LEVEL", "LOG_FORMAT", "COMMAND_PREFIX", "CONFIG_DIR"}
ANY_TEXT = {"INTAKE_TOKENS", "PAGERDUTY_WEBHOOK_SECRETS", "CALENDAR_TOKENS", "SILENCE_TOKENS"}


@pytest.mark.parametrize("name", sorted(CONTRACT - HARMLESS - ANY_TEXT))
def test_a_refused_value_is_named_by_its_variable_and_not_repeated(name: str) -> None:
    told = refusal(**{name: "hunter2\u00e9 \n"})
    assert told.startswith(f"environment: {name} ")
    assert "hunter2" not in told


def test_all_refusals_come_at_once_and_harmless_values_are_repeated() -> None:
    told = refusal(PORT="many", LOG_LEVEL="loud", COMMAND_PREFIX="/x", SMTP_URL="mail").splitlines()
    assert told == [
        "environment: COMMAND_PREFIX must be at most 20 lower case letters, digits, - or _, without the slash,"
        " such as “staging-”, not “/x”",
        "environment: LOG_LEVEL must be 'debug', 'info', 'warning' or 'error', not “loud”",
        "environment: PORT must be a number from 0 to 65535, not “many”",
        "environment: SMTP_URL must be of the form smtp://user:password@host:port, or smtps://…; write special signs as %40",
    ]


@pytest.mark.parametrize("port", ["-1", "65536", "3000.5", "x"])
def test_a_port_is_a_number_that_a_port_can_have(port: str) -> None:
    assert "PORT must be a number from 0 to 65535" in refusal(PORT=port)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/slack/api", "http://127.0.0.1:8080/slack/api/"])
def test_the_web_api_is_taken_with_or_without_its_last_slash(url: str) -> None:
    assert Settings.isolated({"SLACK_API_URL": url}).slack_api_url == "http://127.0.0.1:8080/slack/api/"


def test_base_urls_lose_their_last_slash() -> None:
    assert (
        Settings.isolated({"OPENVINE_API_URL": "https://api.openvine.co/"}).openvine_api_url
        == "https://api.openvine.co"
    )


def test_lists_are_split_at_commas_and_blanks_do_not_count() -> None:
    settings = Settings.isolated(
        {"INTAKE_TOKENS": " one, two ,,", "CALENDAR_TOKENS": "x", "PAGERDUTY_WEBHOOK_SECRETS": ","}
    )
    assert settings.intake_tokens == ("one", "two")
    assert settings.calendar_tokens == ("x",)
    assert settings.pagerduty_webhook_secrets == ()


def test_lists_come_from_the_environment_as_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_TOKENS", '["not, json"]')
    assert Settings.load().intake_tokens == ('["not', 'json"]')


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///bot.db", "sqlite:///bot.db"),
        ("sqlite:////var/lib/bot.db", "sqlite:////var/lib/bot.db"),
        ("postgresql://u:p%40w@db:5433/x?sslmode=require", "postgresql+psycopg://u:p%40w@db:5433/x?sslmode=require"),
        ("postgres://u@db/x", "postgresql+psycopg://u@db/x"),
        ("postgresql+psycopg:///x?host=/run/pg", "postgresql+psycopg:///x?host=/run/pg"),
    ],
)
def test_the_database_is_what_sqlalchemy_wants(given: str, used: str) -> None:
    assert make_url(Settings.isolated({"DATABASE_URL": given}).database) == make_url(used)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@db/x",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://host/x",
        "bot.db",
        "postgresql+asyncpg://x/y",
        "postgresql://bot:a@hunter2@db/x",
    ],
)
def test_a_database_that_cannot_be_used_is_refused(url: str) -> None:
    told = refusal(DATABASE_URL=url)
    assert told.startswith("environment: DATABASE_URL must ")
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("names", "transports"),
    [
        ((), set()),
        (("SLACK_BOT_TOKEN",), {"slack"}),
        (("PAGERDUTY_ROUTING_KEY",), {"pagerduty"}),
        (("SMTP_URL",), set()),
        (("SMTP_URL", "MAIL_FROM"), {"email"}),
        (("SLACK_BOT_TOKEN", "PAGERDUTY_ROUTING_KEY", "SMTP_URL", "MAIL_FROM"), {"slack", "pagerduty", "email"}),
    ],
)
def test_a_transport_is_on_when_all_of_its_variables_are_set(names: tuple[str, ...], transports: set[str]) -> None:
    values = SECRETS | {"MAIL_FROM": "bot@example.com"}
    assert Settings.isolated({name: values[name] for name in names}).transports() == transports


@pytest.mark.parametrize(
    ("names", "mode"),
    [
        ((), None),
        (("SLACK_APP_TOKEN",), "socket"),
        (("SLACK_SIGNING_SECRET",), "http"),
        (("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"), "both"),
    ],
)
def test_the_mode_follows_what_slack_can_reach(names: tuple[str, ...], mode: str | None) -> None:
    assert Settings.isolated({name: SECRETS[name] for name in names}).mode() == mode


def test_tokens_in_each_others_place_are_noticed() -> None:
    assert "SLACK_BOT_TOKEN must begin with xoxb-" in refusal(SLACK_BOT_TOKEN="xapp-1-hunter2")
    assert "SLACK_APP_TOKEN must begin with xapp-" in refusal(SLACK_APP_TOKEN="xoxb-hunter2")


def test_the_logs_format_is_left_to_the_terminal_unless_said_otherwise() -> None:
    assert Settings.isolated({}).log_format is None
    assert Settings.isolated({"LOG_FORMAT": "JSON"}).log_format == "json"


def test_a_secret_is_shown_to_whoever_asks_for_it_and_to_nobody_else() -> None:
    secret = Secret("hunter2")
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2") and hash(secret) == hash(Secret("hunter2"))
    assert secret != Secret("hunter3") and secret and not Secret("")
    assert "hunter" not in f"{secret} {secret!r} {[secret]} %s" % secret
