"""Whether the admin API answers, by the read-only health endpoint of the document's appendix."""

from __future__ import annotations

import httpx

from bot.configuration.findings import Finding
from bot.ground.tls import trusted
from bot.preflight.asking import TIMEOUT_S
from bot.settings import Settings

HEALTH = "/health/video-system"


async def ask_openvine(settings: Settings) -> list[Finding]:
    """One finding. No answer is repeated: it could hold a secret."""
    token = settings.openvine_api_token
    headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, verify=trusted()) as client:
            answer = await client.get(settings.openvine_api_url + HEALTH, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [Finding("fault", "openvine", f"cannot be reached ({type(error).__name__}); is OPENVINE_API_URL right?")]
    if answer.status_code in (401, 403):
        advice = "is OPENVINE_API_TOKEN right?" if token else "set OPENVINE_API_TOKEN"
        return [Finding("fault", "openvine", f"refuses {HEALTH} ({answer.status_code}); {advice}")]
    if answer.is_success:
        return [Finding("good", "openvine", f"{HEALTH} answers {answer.status_code}")]
    text = f"{HEALTH} answers {answer.status_code}; runbook steps that call it may fail too"
    return [Finding("note" if answer.is_server_error else "fault", "openvine", text)]
