"""How the guarded system is asked: by which hosts and variables, and what reads it.

Everything here follows the configuration in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import httpx

from bot.configuration import Config
from bot.ground.tls import trusted
from bot.outbox.environments import Environment, Environments
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


def environments_of(desk: Desk, http: httpx.AsyncClient) -> Environments:
    """The real system, and the one that drills are played on."""
    return Environments(desk, Environment(http, metrics_reader(desk, http)), partial(_practice, desk))


def _practice(desk: Desk) -> Environment:
    from bot.outbox.practice import Practice  # the OpenVine that is played on: nothing of it is needed before a drill

    client = httpx.AsyncClient(transport=Practice(desk))
    return Environment(client, metrics_reader(desk, client), drill=True)


async def played_on(desk: Desk, environments: Environments) -> None:
    """What is due of a drill: its figure is read, and it goes on."""
    from bot.usecases.drill_clock import play_due, watched

    name = await desk.look(watched)
    reading = (await environments.practice.metrics.read([name]))[name] if name else None
    await desk.do(play_due, reading.value if reading else None)


def runner_of(desk: Desk, http: httpx.AsyncClient) -> Runner:
    """Does steps, and reads what they would do. It keeps nothing, so that there may be several."""
    return Runner(desk, environments_of(desk, http), partial(hosts_of, desk))


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
