"""Whether the addresses of the transports that bot.yml names can be used at all. Nothing is sent, no word of them is repeated."""

from __future__ import annotations

from collections.abc import Iterator

from bot.configuration import Config
from bot.configuration.findings import Finding
from bot.configuration.model import Transport
from bot.configuration.reach import variable_of
from bot.pagers import apprise, webhook
from bot.settings import Settings
from oncall.policy import transport_name


def addresses(config: Config, settings: Settings) -> Iterator[Finding]:
    """A fault for each variable whose value cannot be an address; what is unset is said with whom it leaves unreached."""
    for way in config.bot.transports.values():
        variables = {variable_of(way, person) for person in (None, *config.bot.people.values())}
        for name in sorted(variables & set(settings.addresses)):
            if why := _flaw(config, way, settings.addresses[name]):
                yield Finding("fault", "transports", f"{transport_name(way.name)}: {name} {why}")
        if way.secret in settings.addresses and webhook.key_of(settings.addresses[way.secret]) is None:
            text = f"{way.secret} is not a webhook secret: whsec_ and the base64 of 24 to 64 bytes"
            yield Finding("fault", "transports", f"{transport_name(way.name)}: {text}")


def _flaw(config: Config, way: Transport, address: str) -> str:
    if way.by == "webhook":
        return "" if address.startswith(("https://", "http://")) else "is not a web address"
    why = apprise.refusal(address, config.bot.apprise_schemes)
    return why or ("" if apprise.readable(address) else "cannot be read by Apprise")
