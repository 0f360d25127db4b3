"""The HTTP side of the practice OpenVine (of the sandbox and of drills), at the paths that the document names.

Reads need no token, as in the document's `curl` lines; the three admin calls need the bearer token (401), a readable body (400) and
names that exist (404). Bodies are read as JSON whatever the content type says, because `curl -d` sends no JSON type.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.drills import openvine
from bot.drills.openvine import COLUMNS, Broken, Gauges, OpenVine, Sample
from bot.drills.openvine_history import column, mean, samples_of, seconds_of
from bot.drills.openvine_panel import EXPERIMENT, FLAGS, checks, condition, flags, panel, results
from bot.ground.clock import Clock
from oncall.values import asdict, fields, replace

ROLLOUT = "video_system_rollout_percentage"
"""The document's other name for the rollout, in `ABTestingService.updateRemoteConfig`."""
SLOW_PRELOAD_MS = 5_000.0


class Drawer(Protocol):
    """Where the state is kept across a restart."""

    def read(self, name: str) -> Mapping[str, Any] | None: ...

    def write(self, name: str, state: Mapping[str, Any]) -> None: ...


class BadRequestError(Exception):
    """The caller's mistake: `status` and a text that says what to send instead."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class OpenVineServer:
    """The running system: the model's state, what is broken, the routes. Calls `changed` after an admin call."""

    def __init__(
        self, *, folder: Drawer | None, faults: Broken, clock: Clock, token: str, changed: Callable[[], None]
    ) -> None:
        self._folder, self._faults, self._clock, self._token, self._changed = folder, faults, clock, token, changed
        kept = (folder.read("openvine") if folder else None) or {}
        self.state = from_json(kept) if kept else OpenVine()
        self.at = clock.now()
        """Up to when the model has been simulated. Time in which the sandbox was off is not made up for."""

    def run_until(self, at: datetime) -> None:
        """Let the system live until `at`; earlier instants change nothing."""
        self.state = openvine.step(self.state, self._faults.active, (at - self.at).total_seconds())
        self.at = max(self.at, at)

    def gauges(self) -> Gauges:
        return openvine.read(self.state)

    def ahead(self) -> Callable[[datetime], Gauges]:
        """What the gauges will show if nobody does anything, for instants in rising order; it changes nothing."""
        state, at = self.state, self.at

        def gauges_at(then: datetime) -> Gauges:
            nonlocal state, at
            state, at = openvine.step(state, self._faults.active, (then - at).total_seconds()), then
            return openvine.read(state)

        return gauges_at

    def save(self) -> None:
        if self._folder is not None:
            self._folder.write("openvine", asdict(self.state))

    def panel(self) -> dict[str, Any]:
        """What the page shows of it."""
        return panel(self.state, self.at)

    def routes(self) -> list[BaseRoute]:
        """`/openvine/*`, as the document names them."""
        reads: dict[str, Callable[[Request], object]] = {
            "/debug/video-system-status": self._status,
            "/health/video-system": self._health,
            "/debug/video-manager": self._debug,
            "/metrics/memory": self._memory,
            "/metrics/errors": self._errors,
            "/metrics/performance": self._performance,
            "/metrics/ab-tests": self._ab_tests,
            "/metrics/export": self._export,
        }
        admin: dict[str, Callable[[bytes], object]] = {
            "/admin/memory-pressure": self._relieve,
            "/admin/feature-flags": self._set_flags,
            "/admin/ab-tests": self._set_rollout,
        }
        api = [Route(path, self._reading(answer)) for path, answer in reads.items()]
        api += [Route(path, self._administering(act), methods=["POST"]) for path, act in admin.items()]
        return [Mount("/openvine", routes=api)]

    # Reads

    def _status(self, _request: Request) -> object:
        return {
            "status": condition(self.gauges()),
            "timestamp": _iso(self._clock.now()),
            **self._debug_info(),
            "crashRate": self.gauges().crash_rate,
            "loadSuccessRate": self.gauges().load_success,
            "flags": flags(self.state),
        }

    def _health(self, _request: Request) -> object:
        now = self.gauges()
        return {"status": condition(now), "timestamp": _iso(self._clock.now()), "checks": checks(now)}

    def _debug(self, _request: Request) -> object:
        return self._debug_info()

    def _debug_info(self) -> dict[str, Any]:
        now = self.gauges()
        return {
            "totalVideos": now.total_videos,
            "readyVideos": now.ready_videos,
            "activeControllers": now.controllers,
            "estimatedMemoryMB": now.memory_mb,
            "metrics": {"preloadSuccessRate": f"{now.preload_success:.1f}%", "averagePreloadMs": now.preload_ms},
            "config": openvine.config(self.state),
        }

    def _memory(self, request: Request) -> object:
        span, samples = self._samples(request)
        values = column(samples, "memory_mb")
        age = max(1.0, samples[-1][0] - samples[0][0])
        rate = (values[-1] - values[0]) / age
        return {
            "range": span,
            "peak_memory_mb": max(values),
            "average_memory_mb": round(sum(values) / len(values), 1),
            "current_memory_mb": values[-1],
            "growth_rate_mb_per_s": round(rate, 4),
            "growth_trend": "increasing" if rate > 0.02 else "decreasing" if rate < -0.02 else "stable",
        }

    def _errors(self, request: Request) -> object:
        span, samples = self._samples(request)
        return {
            "range": span,
            "total_errors": round(sum(column(samples, "error_rate"))),
            "error_rate": mean(samples, "error_rate"),
            "crash_rate": mean(samples, "crash_rate"),
            "top_errors": _top_errors(self._faults.active),
        }

    def _performance(self, request: Request) -> object:
        span, samples = self._samples(request)
        return {
            "range": span,
            "avg_preload_time_ms": mean(samples, "preload_ms"),
            "preload_success_rate": mean(samples, "preload_success"),
            "load_success_rate": mean(samples, "load_success"),
            "slow_preloads": sum(value > SLOW_PRELOAD_MS for value in column(samples, "preload_ms")),
        }

    def _ab_tests(self, _request: Request) -> object:
        state = self.state
        found = results(state.rollout, crashing="crash_spike" in self._faults.active)
        experiment = {"percentage": state.rollout, "active": state.blast > 0, **found}
        return {EXPERIMENT: experiment, ROLLOUT: state.rollout}

    def _export(self, request: Request) -> object:
        span, samples = self._samples(request, default="1h")
        born = self.at - timedelta(seconds=self.state.elapsed)
        rows = [
            {"at": _iso(born + timedelta(seconds=row[0])), **dict(zip(COLUMNS[1:], row[1:], strict=True))}
            for row in samples
        ]
        return {"range": span, "samples": rows}

    def _samples(self, request: Request, default: str = "24h") -> tuple[str, Sequence[Sample]]:
        span = request.query_params.get("range", default)
        length = seconds_of(span)
        if length is None:
            raise BadRequestError(400, f"range “{span[:20]}” is not a duration: write 30m, 24h or 7d")
        return span, samples_of(self.state, length)

    # Admin

    def _reading(self, answer: Callable[[Request], object]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            if self._faults.on("openvine_down"):
                return _down()
            try:
                return JSONResponse(answer(request))
            except BadRequestError as mistake:
                return JSONResponse({"error": str(mistake)}, mistake.status)

        return endpoint

    def _administering(self, act: Callable[[bytes], object]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            if self._faults.on("openvine_down"):
                return _down()
            if not self._may(request):
                return JSONResponse({"error": "bearer token missing or wrong"}, 401, {"WWW-Authenticate": "Bearer"})
            body = await request.body()
            self.run_until(self._clock.now())
            try:
                answer = act(body)
            except BadRequestError as mistake:
                return JSONResponse({"error": str(mistake)}, mistake.status)
            self.save()
            self._changed()
            return JSONResponse(answer)

        return endpoint

    def _may(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token.encode())

    def _relieve(self, _body: bytes) -> object:
        before = self.gauges().memory_mb
        self.state = openvine.relieve(self.state)
        after = self.gauges().memory_mb
        return {
            "ok": True,
            "before_mb": before,
            "after_mb": after,
            "freed_mb": round(before - after, 1),
            "estimatedMemoryMB": after,
        }

    def _set_flags(self, body: bytes) -> object:
        wanted = _object(body)
        _refuse_unknown(wanted, FLAGS, "feature flag")
        for name, value in wanted.items():
            if not isinstance(value, bool):
                raise BadRequestError(400, f"{name} must be true or false")
        self.state = replace(self.state, **wanted)
        return {"ok": True, "flags": flags(self.state)}

    def _set_rollout(self, body: bytes) -> object:
        wanted = _object(body)
        _refuse_unknown(wanted, (EXPERIMENT, ROLLOUT), "experiment")
        shares = {_percentage(name, value) for name, value in wanted.items()}
        if len(shares) > 1:
            raise BadRequestError(400, f"{EXPERIMENT} and {ROLLOUT} are one number: send one of them")
        self.state = replace(self.state, rollout=shares.pop())
        return {"ok": True, EXPERIMENT: {"percentage": self.state.rollout}}


def from_json(kept: Mapping[str, Any]) -> OpenVine:
    """The model's state as it was saved; keys of another version are left out."""
    known = {field.name for field in fields(OpenVine)}
    values = {name: value for name, value in kept.items() if name in known}
    for name in ("recent", "minutes"):
        values[name] = tuple(tuple(sample) for sample in values.get(name, ()))
    return OpenVine(**values)


def _down() -> Response:
    return JSONResponse({"error": "service unavailable"}, 503)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(400, f"the body is not JSON: {error}") from None
    if not isinstance(found, dict) or not found:
        raise BadRequestError(400, "the body must be a JSON object with at least one name")
    return found


def _refuse_unknown(wanted: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for name in wanted:
        if name not in known:
            raise BadRequestError(404, f"no {what} “{name[:80]}”: there are {', '.join(known)}")


def _percentage(name: str, value: object) -> float:
    share = value.get("percentage") if name == EXPERIMENT and isinstance(value, dict) else value
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 100:
        raise BadRequestError(400, f'{name} needs a percentage from 0 to 100, as {{"percentage": 0}}')
    return float(share)


def _top_errors(active: frozenset[str]) -> list[str]:
    said = {
        "cdn_down": "HTTP 503 from the CDN",
        "load_failures": "HTTP 403: URL signature expired",
        "slow_preload": "TimeoutException after 10 s",
        "crash_spike": "VideoPlayerController was disposed",
    }
    return [text for fault, text in said.items() if fault in active]


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
