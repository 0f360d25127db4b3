"""`incident-bot sender`: what it prints is what the bot reads."""

from __future__ import annotations

import asyncio
import json
import shlex
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from playwright._impl._driver import compute_driver_executable

from bot.cli import cli
from bot.cli.sender import TOKEN, names
from bot.sources import SOURCES, datadog
from tests.bot.web.conftest import site


def printed(name: str, url: str = "https://bot.example") -> str:
    answer = CliRunner().invoke(cli, ["sender", name, "--url", url])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_every_format_has_something_to_paste_with_its_own_address() -> None:
    texts = {name: printed(name) for name in names()}
    for source in SOURCES:
        address = "https://bot.example" + source.path if source.name != "prometheus" else '"bot.example"'
        assert any(address in text for text in texts.values()), source.name
    assert not [name for name, text in texts.items() if "{url}" in text or ("{{" in text and name != "icinga")]


def test_an_unknown_name_and_an_address_that_is_none_are_usage_errors() -> None:
    unknown = CliRunner().invoke(cli, ["sender", "grafan"])
    assert (unknown.exit_code, 'did you mean "grafana"?' in unknown.output) == (2, True)
    assert CliRunner().invoke(cli, ["sender", "grafana", "--url", "bot.example"]).exit_code == 2


def test_the_yaml_ones_are_yaml_and_datadogs_payload_is_json() -> None:
    for name in ("alertmanager", "prometheus", "zabbix"):
        assert yaml.safe_load(printed(name))
    payload = printed("datadog").partition("runbook.\n")[2]
    assert json.loads(payload) == datadog.PAYLOAD


@pytest.mark.parametrize("name", ["script", "cloudevents"])
async def test_what_is_to_be_typed_is_taken(name: str) -> None:
    async with site(TOKEN) as door:
        line = "\n".join(each for each in printed(name, door.url).splitlines() if not each.startswith("#"))
        own = await asyncio.create_subprocess_exec(
            *shlex.split(line), "--silent", "--fail", stdout=asyncio.subprocess.PIPE
        )
        await own.communicate()
        assert own.returncode == 0
        assert (door.desk.taken[0].rule, door.desk.taken[0].value) == ("video_memory_high", "812 MB")


RUN = """
const fs = require('fs');
const [script, value] = JSON.parse(fs.readFileSync(0));
const sent = {headers: []};
class HttpRequest {
  addHeader(text) { sent.headers.push(text); }
  post(url, body) { sent.url = url; sent.body = JSON.parse(body); return ''; }
  getStatus() { return 202; }
}
new Function('value', 'HttpRequest', script)(value, HttpRequest);
console.log(JSON.stringify(sent));
"""


async def zabbix_posts(**given: str) -> dict[str, Any]:
    """What the shipped media type's script sends, run by a real JavaScript engine with Zabbix' own request object made up."""
    (media,) = yaml.safe_load(printed("zabbix"))["zabbix_export"]["media_types"]
    value = {each["name"]: each["value"] for each in media["parameters"]} | given
    node, _ = compute_driver_executable()
    own = await asyncio.create_subprocess_exec(
        *(str(node), "-e", RUN), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await own.communicate(json.dumps([media["script"], json.dumps(value)]).encode())
    sent: dict[str, Any] = json.loads(said)
    return sent


async def test_zabbix_fires_and_recovers_by_one_key() -> None:
    tags = json.dumps([{"tag": "alertname", "value": "video_memory_high"}])
    event = {
        "event_id": "7",
        "event_name": "Memory",
        "severity": "High",
        "host": "app-1",
        "opdata": "812 MB",
        "tags": tags,
    }
    async with site() as local:
        for value in ("1", "0"):
            sent = await zabbix_posts(event_value=value, **event)
            assert f"Authorization: Bearer {TOKEN}" in sent["headers"]
            assert (await local.client.post("/alerts", json=sent["body"])).status_code == 202
        fired, over = local.desk.taken
        assert (fired.rule, fired.value, fired.severity, fired.status) == (
            "video_memory_high",
            "812 MB",
            "High",
            "firing",
        )
        assert (over.source, over.key, over.status) == (fired.source, fired.key, "resolved")
