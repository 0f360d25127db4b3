"""Which addresses a runbook may name, and to which host a request really goes.

It refuses every variable but the three named ones, and every spelling in which the text after a variable could change the host.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from bot.errors import UserError
from bot.runbooks.fields import did_you_mean

VARIABLES = ("OPENVINE_API_URL", "CDN_TEST_URL", "CDN_STATUS_URL")
"""The only variables of a URL, as `${NAME}` at its beginning: each is a whole base URL, a setting."""
LONGEST_URL = 800
"""Characters, before variables are filled in: a confirmation has to show all of it."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def url_trouble(url: str) -> str | None:
    """What is wrong with a URL as a file writes it; `None` if nothing is."""
    if len(url) > LONGEST_URL or not url.isprintable() or not url.isascii() or " " in url or "\\" in url:
        return f"the URL must be one line of plain ASCII without spaces, at most {LONGEST_URL} characters."
    names = _VARIABLE.findall(url)
    unknown = next((name for name in names if name not in VARIABLES), None)
    if unknown is not None:
        known = ", ".join(VARIABLES)
        return f"unknown variable ${{{unknown}}}.{did_you_mean(unknown, VARIABLES)} Known are {known}."
    found = _VARIABLE.match(url)
    rest = url[found.end() :] if found else url
    if any(sign in rest for sign in "${}"):
        return "a variable may stand only at the beginning of the URL, written ${NAME}."
    if not found:
        return _literal_trouble(url)
    if rest and rest[0] not in "/?":
        return f"what follows ${{{found[1]}}} must begin with / or ?: anything else would change the host."
    return None


def _literal_trouble(url: str) -> str | None:
    if not url.startswith(("https://", "http://")):
        return f"the URL must begin with https:// or with one of {', '.join(f'${{{name}}}' for name in VARIABLES)}."
    try:
        split = urlsplit(url)
        host, _ = split.hostname, split.port
    except ValueError as error:
        return f"the URL cannot be read: {error}."
    if not host:
        return "the URL has no host."
    if "@" in split.netloc:
        return "credentials do not belong in a URL; the bot adds its token by itself."
    return None


def fill_in(url: str, variables: Mapping[str, str]) -> str:
    """The URL with its variable filled in. Raises `UserError` if the setting is empty or is no http(s) URL."""
    found = _VARIABLE.match(url)
    if found is None:
        return url
    base = variables.get(found[1], "").strip()
    if not base:
        raise UserError(
            f"{found[1]} is not set, so this step has nowhere to go. Nothing was sent. Set it, or do the step by hand."
        )
    rest = url[found.end() :]
    if (
        _literal_trouble(base)
        or not base.isprintable()
        or "\\" in base
        or (rest and any(sign in base for sign in "?#"))
    ):
        # The value itself is not repeated: it may hold credentials.
        raise UserError(f"{found[1]} is not a plain http(s) URL. Nothing was sent. Correct the setting.")
    return base.rstrip("/") + rest if rest.startswith("/") else base + rest


def host_of(url: str) -> str:
    """The host in lower case, with its port unless that is the scheme's own: `api.openvine.co`, `127.0.0.1:8080`."""
    split = urlsplit(url)
    name = split.hostname or ""
    name = f"[{name}]" if ":" in name else name
    usual = {"http": 80, "https": 443}.get(split.scheme)
    return name if split.port in (None, usual) else f"{name}:{split.port}"


def host_allowed(host: str, hosts: Collection[str]) -> bool:
    """Whether the allow-list names the host: `name:port` allows that port, a bare `name` any port. There are no wildcards."""
    bare = re.sub(r":\d+$", "", host)
    listed = {entry.strip().lower() for entry in hosts}
    return bool(host) and (host in listed or bare in listed)


def under(url: str, base: str) -> bool:
    """Whether a URL lies under a base: the same scheme, host and port, and its path. Only then is a token sent along."""
    one, other = urlsplit(url), urlsplit(base)
    folder = other.path.rstrip("/")
    same = (one.scheme, host_of(url)) == (other.scheme, host_of(base))
    return same and "/.." not in one.path and (one.path == folder or one.path.startswith(f"{folder}/"))
