"""One call of Slack's Web API that carries JSON, as Slack's own client makes it.

That client reads the environment and writes out its debug lines at each call, whether anybody reads them or not, which costs more
than the call. Refuses to judge: whatever comes back is handed to Slack's own response, which raises what it always does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.request import getproxies

import aiohttp
import orjson
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

_JSON = "application/json;charset=utf-8"


def proxy_for(url: str) -> str | None:
    """Through which proxy an address is asked, by the environment; asked once, since aiohttp would ask a thread at each call."""
    return getproxies().get(url.partition(":")[0])


async def call(
    client: AsyncWebClient, session: aiohttp.ClientSession, method: str, body: Mapping[str, Any]
) -> AsyncSlackResponse:
    """Post it. Raises what Slack's client raises."""
    url = f"{client.base_url}{method}"
    headers = {**client.headers, "Content-Type": _JSON, "Authorization": f"Bearer {client.token}"}
    async with session.post(url, data=orjson.dumps(body), headers=headers, proxy=client.proxy) as answer:
        said = await _said(answer)
    response = AsyncSlackResponse(
        client=client,
        http_verb="POST",
        api_url=url,
        req_args={"json": body},
        data=said,
        headers=dict(answer.headers),
        status_code=answer.status,
    )
    response.validate()  # type: ignore[no-untyped-call]
    return response


async def _said(answer: aiohttp.ClientResponse) -> Any:
    """What is no JSON was not said by Slack: nothing of it is handed on."""
    try:
        return orjson.loads(await answer.read()) if answer.content_type == "application/json" else {}
    except orjson.JSONDecodeError:
        return {}
