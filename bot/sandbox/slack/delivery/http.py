"""HTTP mode: signed requests to the app's request URL (https://docs.slack.dev/authentication/verifying-requests-from-slack).

Signatures use the machine's own time, whatever the sandbox's clock says, because the app compares them with its own.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlencode

import aiohttp
import orjson

from bot.ground.clock import SystemClock
from bot.sandbox.slack.delivery.ack import TIMED_OUT, UNREACHABLE, Ack, Retry, Sort
from bot.sandbox.slack.values import JSON

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


def signed(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The two headers that prove a request came from Slack."""
    base = b"v0:%d:%b" % (timestamp, body)
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


class HttpLine:
    """Posts to one request URL."""

    def __init__(self, url: str, signing_secret: str) -> None:
        self.url = url
        self._secret = signing_secret
        self._session: aiohttp.ClientSession | None = None

    async def send(self, sort: Sort, payload: JSON, retry: Retry | None, timeout: float) -> Ack:  # noqa: ASYNC109
        body, content_type = _encode(sort, payload)
        headers = {"Content-Type": content_type, "User-Agent": USER_AGENT}
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        headers |= signed(self._secret, body, int(SystemClock().real().timestamp()))
        if self._session is None:
            self._session = aiohttp.ClientSession()
        limit = aiohttp.ClientTimeout(total=timeout)
        try:
            async with self._session.post(self.url, data=body, headers=headers, timeout=limit) as response:
                return _ack(response, await response.text())
        except TimeoutError:
            return TIMED_OUT
        except (aiohttp.ClientError, OSError):
            return UNREACHABLE

    async def verify(self, token: str) -> None:
        """The handshake for saving a request URL. Raises `ValueError` with Slack's sentence if it fails."""
        challenge = {
            "type": "url_verification",
            "token": token,
            "challenge": hashlib.sha256(token.encode()).hexdigest(),
        }
        ack = await self.send("events_api", challenge, None, 3.0)
        if ack.payload.get("challenge", ack.payload.get("text")) != challenge["challenge"]:
            raise ValueError(f"{self.url}: Your URL didn't respond with the value of the challenge parameter.")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _encode(sort: Sort, payload: JSON) -> tuple[bytes, str]:
    if sort == "events_api":
        return orjson.dumps(payload), "application/json"
    form = payload if sort == "slash_commands" else {"payload": orjson.dumps(payload).decode()}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _ack(response: aiohttp.ClientResponse, text: str) -> Ack:
    no_retry = response.headers.get("X-Slack-No-Retry") == "1"
    if response.status >= 300:
        error = "http_service_error" if response.status >= 500 else "http_client_error"
        return Ack(error=error, reason="http_error", no_retry=no_retry)
    return Ack(payload=_answer(text))


def _answer(text: str) -> JSON:
    """The body of an acknowledgement: nothing, JSON, or plain text to show."""
    if not text.strip():
        return {}
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"text": text}
    return value if isinstance(value, dict) else {"text": text}
