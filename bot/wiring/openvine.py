"""How the guarded system is asked: by which hosts and variables, and what reads it.

Everything here follows the configuration in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import httpx

from bot.configuration import Config
from bot.ground.tls import trusted
from bot.outbox.reports import KnownHere
from bot.outbox.steps import Runner
from bot.outbox.throttle import ROOM
from bot.reports.asker import Asker, Sources
from bot.runbooks.urls import VARIABLES, host_of
from bot.settings import Settings
from bot.usecases.desk import Desk
from bot.watch.prometheus import Prometheus
from bot.watch.reader import MetricsReader


def new_client() -> httpx.AsyncClient:
    """With connections of its own: the pages do not wait for one that a hanging step holds."""
    limits = httpx.Limits(max_connections=ROOM["run"], max_keepalive_connections=20)
    return httpx.AsyncClient(timeout=httpx.Timeout(8, connect=3), limits=limits, trust_env=False, verify=trusted())


def variables_of(settings: Settings) -> dict[str, str]:
    """What runbook steps and readers of figures may fill in."""
    token = settings.openvine_api_token
    values = {
        "OPENVINE_API_URL": settings.openvine_api_url,
        "CDN_TEST_URL": settings.cdn_test_url,
        "CDN_STATUS_URL": settings.cdn_status_url,
        "PROMETHEUS_URL": settings.prometheus_url or "",
    }
    return values | ({"OPENVINE_API_TOKEN": token.get_secret_value()} if token else {})


def allowed_hosts(config: Config, variables: Mapping[str, str]) -> frozenset[str]:
    """The hosts of bot.yml; an entry such as `${OPENVINE_API_URL}` stands for the host of that setting."""
    named = {f"${{{name}}}": variables.get(name, "") for name in VARIABLES}
    return frozenset(host_of(named[entry]) if entry in named else entry for entry in config.bot.hosts)


def hosts_of(desk: Desk) -> frozenset[str]:
    return allowed_hosts(desk.context.config, desk.context.variables)


def asker_of(desk: Desk, http: httpx.AsyncClient) -> Asker:
    """Makes reports. What it is allowed to ask follows the configuration in force."""
    sources = Sources(
        http,
        variables=lambda: desk.context.variables,
        hosts=partial(hosts_of, desk),
        logs=lambda: desk.context.config.bot.logs,
        mask=lambda: desk.context.mask,
    )
    return Asker(sources, KnownHere(desk), lambda: desk.context.config.reports)


def runner_of(desk: Desk, http: httpx.AsyncClient) -> Runner:
    """Does steps, and reads what they would do. It keeps nothing, so that there may be several."""
    return Runner(desk, http, partial(hosts_of, desk), metrics_reader(desk, http))


def prometheus_of(settings: Settings, http: httpx.AsyncClient) -> Prometheus | None:
    """Where the queries of rules are asked, if not of the bot's own samples."""
    return Prometheus(http, settings.prometheus_url) if settings.prometheus_url else None


def metrics_reader(desk: Desk, http: httpx.AsyncClient) -> MetricsReader:
    return MetricsReader(
        http,
        monitoring=lambda: desk.context.config.monitoring,
        variables=lambda: desk.context.variables,
        hosts=partial(hosts_of, desk),
    )
