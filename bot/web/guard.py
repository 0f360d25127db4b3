"""Who may post alerts and read: bearers of a token, or, where no token is set, this machine itself.

Without tokens the door must not open to the world by accident. A tunnel or proxy connects from loopback too, but it adds
forwarding headers or carries the outside host's name; a web page in somebody's browser carries its origin.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import Scope

from bot.ground.loopback import is_loopback
from bot.web.signatures import Signature
from oncall.values import dataclass

CHALLENGE = {"WWW-Authenticate": "Bearer"}
_FORWARDING = (b"forwarded", b"via", b"x-real-ip", b"cf-connecting-ip")
NO_BEARER = (
    "No valid bearer token. Nothing was taken: send `Authorization: Bearer …` with one of the tokens in INTAKE_TOKENS."
)
NOT_LOCAL = (
    "No INTAKE_TOKENS is set, so only this machine itself is served, directly and by a loopback host name. "
    "Nothing was taken: set INTAKE_TOKENS and send one as `Authorization: Bearer …`."
)


OTHERS_CALENDAR = "No valid token. Nothing was shown: add `?token=…` with one of the tokens in CALENDAR_TOKENS."
NO_CALENDAR = (
    "No CALENDAR_TOKENS is set, so only this machine itself is shown the calendar. Set it, and add `?token=…`."
)


NOT_FOR_SENDERS = "This token may post alerts, not silence them: use one of SILENCE_TOKENS. Nothing was changed."
NO_SILENCER = "No valid bearer token. Nothing was changed: send `Authorization: Bearer …` with one of the tokens in SILENCE_TOKENS."
NO_SILENCE_TOKENS = "No SILENCE_TOKENS is set, so only this machine itself may silence. Nothing was changed: set it."


NO_SIGNATURES: Mapping[str, Signature] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The tokens and secrets by which clients are let in, as the environment has them."""

    intake_tokens: tuple[str, ...] = ()
    """Blank ones do not count, and with none only this machine is served."""
    calendar_tokens: tuple[str, ...] = ()
    silence_tokens: tuple[str, ...] = ()
    pagerduty_secrets: tuple[str, ...] = ()
    signatures: Mapping[str, Signature] = NO_SIGNATURES
    """How the senders that bear no token sign, by the name of their format."""


class Guard:
    """Decides from a request's scope alone, before its body is read."""

    def __init__(self, tokens: tuple[str, ...]) -> None:
        self._digests = tuple(_digest(token.strip().encode()) for token in tokens if token.strip())

    def refusal(self, scope: Scope) -> str | None:
        """Why this client is not served, or `None` if it is."""
        if self._digests:
            return None if self._bears_token(scope) else NO_BEARER
        return None if is_local(scope) else NOT_LOCAL

    def may_knock(self, scope: Scope) -> bool:
        """For clients whose token stands in the body: whether it is worth reading."""
        return bool(self._digests) or is_local(scope)

    def opens(self, token: str) -> bool:
        """Whether a token from a body is one of ours; where there are none, who may knock may come in."""
        return not self._digests or self._known(token.strip().encode())

    @property
    def has_tokens(self) -> bool:
        return bool(self._digests)

    def knows(self, scope: Scope) -> bool:
        """Whether this client bears one of the tokens."""
        return self.has_tokens and self._bears_token(scope)

    def query_refusal(self, scope: Scope, token: str | None) -> str | None:
        """The same for clients that can send no header and bear their token in the address."""
        if self._digests:
            return None if self._known((token or "").strip().encode()) else OTHERS_CALENDAR
        return None if is_local(scope) else NO_CALENDAR

    def metrics_refusal(self, scope: Scope) -> str | None:
        """Metrics need a token only off loopback."""
        return None if is_local(scope) else self.refusal(scope)

    def _bears_token(self, scope: Scope) -> bool:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(sent) != 1:
            return False
        scheme, _, token = sent[0].partition(b" ")
        if scheme.lower() != b"bearer":
            return False
        return self._known(token.strip())

    def _known(self, token: bytes) -> bool:
        digest = _digest(token)
        # Digests are of one length, and all are compared: the time taken tells nothing about any token.
        return sum(hmac.compare_digest(digest, known) for known in self._digests) > 0


class SilenceGuard:
    """Who may read as from an Alertmanager, and who may silence: those who send alerts may only read."""

    def __init__(self, senders: Guard, tokens: tuple[str, ...]) -> None:
        self._senders, self._silencers = senders, Guard(tokens)

    def refusal(self, scope: Scope) -> str | None:
        """Why this client may not read."""
        return None if self._silencers.knows(scope) else self._senders.refusal(scope)

    def write_refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Why it may not silence, and with which status that is said."""
        if self._silencers.knows(scope) or (not self._silencers.has_tokens and is_local(scope)):
            return None
        if self._senders.knows(scope):
            return 403, NOT_FOR_SENDERS
        return 401, NO_SILENCER if self._silencers.has_tokens else NO_SILENCE_TOKENS


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def is_local(scope: Scope) -> bool:
    """Whether a request comes straight from this machine and was meant for it."""
    client = scope.get("client")
    if client is None or not is_loopback(client[0]):
        return False
    hosts = 0
    for name, value in scope["headers"]:
        if name == b"host":
            hosts += 1
            if not is_loopback_host(value):
                return False
        elif (
            name.startswith(b"x-forwarded")
            or name in _FORWARDING
            or (name == b"origin" and not _is_loopback_origin(value))
        ):
            return False
    return hosts == 1


LONGEST_NAME = 255
"""Characters of a host's name; what is longer names no machine, and is not looked at."""


def is_loopback_host(host: bytes) -> bool:
    """Whether a `Host` header, with or without a port, names this machine."""
    if len(host) > LONGEST_NAME:
        return False
    name = host.decode("latin-1").strip().lower()
    if name.startswith("["):
        name, bracket, port = name[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return False
        return is_loopback(name)
    name = name.partition(":")[0]
    return is_loopback(name.removesuffix("."))


def _is_loopback_origin(origin: bytes) -> bool:
    try:
        parts = urlsplit(origin.decode("latin-1"))
    except ValueError:
        return False
    return is_loopback_host(parts.netloc.encode("latin-1"))
