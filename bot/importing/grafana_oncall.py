"""Grafana OnCall's public API: `GET /api/v1/schedules/`, `/on_call_shifts/`, `/users/`, `/escalation_chains/`,
`/escalation_policies/`, `/routes/`, `/schedules/{id}/final_shifts?start_date=…&end_date=…`.
https://grafana.com/docs/oncall/latest/oncall-api-reference/

Its oddities: a shift is a recurrence rule (RFC 5545), not a rotation; `start` is local to the shift's zone; of two shifts at
once the one with the higher `level` counts, at the same level both; several people may be on in one shift; with `frequency:
daily` and `by_day` the days that are left out use up nobody's turn; final shifts do not say whose they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.importing.model import Aim, Export, Layer, Plan, Policy, Rendered, Rung, Somebody, Stretch, Turn
from bot.importing.node import BadExport, Flaw, Node, each
from bot.importing.schedule_lookup import plan_of
from bot.importing.week import DAY, WEEK, Span, daily, is_whole, joined, span
from oncall.calendar import instant_of
from oncall.values import replace

HOW_TO_RENDER = "GET /api/v1/schedules/{id}/final_shifts?start_date=…&end_date=…, some weeks long"
_ICAL_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PAUSE = timedelta(minutes=5)
"""Between two rounds: there a chain begins anew at once."""
_ROUNDS = 6
"""`repeat_escalation` repeats five times."""


def read(documents: Sequence[Node]) -> Export:
    """Everything that the answers hold. Raises `BadExport` with every flaw."""
    flaws: list[Flaw] = []
    export = Export("Grafana OnCall", how_to_render=HOW_TO_RENDER)
    parts = _sorted(documents, flaws, export)
    for person in each(iter(parts["users"]), _person, flaws):
        export.people[person.id] = person
    shifts = dict(each(iter(parts["shifts"]), lambda node: (node.text("id"), node), flaws))
    export.plans = [
        plan for plan in each(iter(parts["schedules"]), lambda node: _plan(node, shifts, export, flaws), flaws) if plan
    ]
    _add_final_shifts(export, parts["final_shifts"], flaws)
    export.policies = _policies(parts, export, flaws)
    if parts["routes"]:
        export.leave(
            f"{len(parts['routes'])} routes", "which alert calls whom is said by severities here; see alerts.yml"
        )
    if flaws:
        raise BadExport(flaws)
    return export


def _kind(node: Node) -> str | None:
    if node.has("shift_start"):
        return "final_shifts"
    if node.has("escalation_chain_id"):
        return "routes" if node.has("integration_id") else "policies"
    if node.has("start") and node.has("duration"):
        return "shifts"
    if node.has("username"):
        return "users"
    if node.has("type"):
        return "schedules"
    return "chains" if node.has("name") else None


_KINDS = ("users", "schedules", "shifts", "final_shifts", "chains", "policies", "routes")


def _sorted(documents: Sequence[Node], flaws: list[Flaw], export: Export) -> dict[str, list[Node]]:
    parts: dict[str, list[Node]] = {name: [] for name in _KINDS}
    for document in documents:
        listed = document.has("results")
        for node in each(document.items("results"), lambda node: node, flaws) if listed else [document]:
            kind = _kind(node)
            if kind is None:
                flaws.append(
                    node.wrong(f"this is none of {', '.join(_KINDS)}; is it Grafana OnCall’s answer as it came?").flaw
                )
            else:
                parts[kind].append(node)
        if listed and document.has("next"):
            export.leave(document.file, "one page of several (“next” is set): what stands on the others is not read")
    return parts


def _person(node: Node) -> Somebody:
    accounts = list(node.items("slack")) if node.has("slack") and isinstance(node.value["slack"], list) else []
    slack = accounts[0].text("user_id") if accounts else None
    zone = node.text("timezone") if node.has("timezone") else None
    return Somebody(
        node.text("id"), node.email("email"), node.text_or("name", node.text("username")), slack, None, zone
    )


def _email(node: Node, export: Export) -> str:
    person = export.people.get(node.text())
    if person is None:
        raise node.wrong(f"the user {node.value} is not in the export; add GET /api/v1/users/")
    return person.email


def _plan(node: Node, shifts: dict[str, Node], export: Export, flaws: list[Flaw]) -> Plan | None:
    name = node.text("name")
    if node.text("type") == "ical":
        export.leave(f"schedule “{name}”", "it comes from a calendar’s address, and its events are not in the export")
        return None
    if node.has("ical_url_overrides"):
        export.leave(
            f"overrides of “{name}”", "they come from a calendar’s address, and its events are not in the export"
        )
    zone = node.zone("time_zone", "UTC")
    mine = each(node.items("shifts"), lambda item: _shift(item, shifts), flaws)
    layers = [layer for found in each(iter(mine), lambda each: _layers(each, zone, export), flaws) for layer in found]
    top = max((layer.rank for layer in layers), default=0)
    once = [
        stretch for found in each(iter(mine), lambda each: _once(each, zone, top, export), flaws) for stretch in found
    ]
    return Plan(node.text("id"), name, zone, tuple(layers), tuple(once))


def _shift(item: Node, shifts: dict[str, Node]) -> Node:
    if item.text() not in shifts:
        raise item.wrong(f"the shift {item.value} is not in the export; add GET /api/v1/on_call_shifts/")
    return shifts[item.text()]


def _groups(node: Node, export: Export) -> list[list[str]]:
    if node.text("type") != "rolling_users":
        return [[_email(user, export) for user in node.items("users")]]
    groups = [[_email(user, export) for user in group.items()] for group in node.items("rolling_users")]
    first = node.whole("start_rotation_from_user_index") if node.has("start_rotation_from_user_index") else 0
    return [*groups[first:], *groups[:first]]


def _layers(node: Node, zone: str, export: Export) -> list[Layer]:
    """A layer for each person who is on at the same time; none for what happens once or cannot be told by turns."""
    if node.choice("type", ("single_event", "recurrent_event", "rolling_users", "override")) in (
        "single_event",
        "override",
    ):
        return []
    zone, name = node.zone("time_zone", zone), node.text("name")
    start = node.wall("start", zone)
    rule = _rule(node, start)
    if isinstance(rule, str):
        export.leave(f"shift “{name}”", rule)
        return []
    turn, anchor, hours, skips = rule
    groups = _groups(node, export)
    if any(not group for group in groups):
        export.leave(f"shift “{name}”", "in one of its turns nobody is on; here every turn is somebody’s")
        return []
    layer = Layer(
        id=node.text("id"),
        name=name,
        people=(),
        turn=turn,
        anchor=anchor,
        timezone=zone,
        hours=hours,
        since=max(instant_of(start.date(), start.time(), zone), _begins(node, zone)),
        until=_local(node, "until", zone) if node.has("until") else None,
        rank=node.whole("level") if node.has("level") else 0,
        skips_idle=skips,
    )
    size = max(map(len, groups), default=0)
    if len({len(group) for group in groups}) > 1:
        export.leave(
            f"shift “{name}”", "not every turn has as many people; where there are fewer, its last stands twice"
        )
    return [
        replace(layer, people=tuple(group[min(place, len(group) - 1)] for group in groups)) for place in range(size)
    ]


def _begins(node: Node, zone: str) -> datetime:
    return _local(node, "rotation_start" if node.has("rotation_start") else "start", zone)


def _local(node: Node, key: str, zone: str) -> datetime:
    found = node.wall(key, zone)
    return instant_of(found.date(), found.time(), zone)


Rule = tuple[Turn, datetime, tuple[Span, ...], bool]
"""The turn, when one of the first people's began, the hours, and whether idle turns are skipped."""


def _rule(node: Node, start: datetime) -> Rule | str:
    """The recurrence as turns and hours, or why it is none."""
    often = node.choice("frequency", ("hourly", "daily", "weekly", "monthly"))
    interval = node.whole("interval", least=1, most=366) if node.has("interval") else 1
    if often == "monthly" or any(list(node.items(key)) for key in ("by_month", "by_monthday")):
        return "it repeats by the month; turns here last hours, days or weeks"
    length, left = divmod(node.whole("duration", least=1), 60)
    if left:
        return "it does not last whole minutes; hours are written to the minute here"
    days = _by_day(node)
    if often == "hourly":
        return _hourly(start, interval, length, days)
    return _daily(start, interval, length, days) if often == "daily" else _weekly(node, start, interval, length, days)


def _by_day(node: Node) -> list[int]:
    found = []
    for day in node.items("by_day"):
        if day.text() not in _ICAL_DAYS:
            raise day.wrong(f"“{day.value}” is not a day of the week ({', '.join(_ICAL_DAYS)})")
        found.append(_ICAL_DAYS.index(day.text()))
    return sorted(found)


_RESTS = "it rests in some of its periods; here a rotation serves in every turn, or in the same hours of every week"


def _hourly(start: datetime, interval: int, length: int, days: list[int]) -> Rule | str:
    if days or length != interval * 60:
        return _RESTS
    return Turn(interval, "hours"), start, (), False


def _daily(start: datetime, interval: int, length: int, days: list[int]) -> Rule | str:
    turn, minute = Turn(interval, "days"), start.hour * 60 + start.minute
    if days:
        if interval > 1 or length > DAY:
            return _RESTS
        hours = joined(span(day, minute, length) for day in days)
        return turn, start, () if is_whole(hours) else hours, True
    if length == interval * DAY:
        return turn, start, (), False
    return (turn, start, joined(daily(minute, length)), False) if interval == 1 and length < DAY else _RESTS


def _weekly(node: Node, start: datetime, interval: int, length: int, days: list[int]) -> Rule | str:
    turn, minute = Turn(interval, "weeks"), start.hour * 60 + start.minute
    if not days:
        if length == interval * WEEK:
            return turn, start, (), False
        hours = joined([span(start.weekday(), minute, length)])
        return (turn, start, hours, False) if interval == 1 and length < WEEK else _RESTS
    hours = joined(span(day, minute, length) for day in days)
    if interval > 1:
        return _RESTS
    first = _ICAL_DAYS.index(node.choice("week_start", _ICAL_DAYS) if node.has("week_start") else "SU")
    anchor = start - timedelta(days=(start.weekday() - first) % 7)
    return turn, anchor, () if is_whole(hours) else hours, False


def _once(node: Node, zone: str, top: int, export: Export) -> Iterator[Stretch]:
    """What happens once takes over while it lasts."""
    kind = node.text("type")
    if kind not in ("single_event", "override"):
        return iter(())
    level = node.whole("level") if node.has("level") else 0
    if kind == "single_event" and level < top:
        export.leave(
            f"shift “{node.text('name')}”", "it happens once, below another shift; what happens once overrides here"
        )
        return iter(())
    since = _local(node, "start", node.zone("time_zone", zone))
    until = since + timedelta(seconds=node.whole("duration", least=1))
    people = [_email(user, export) for user in node.items("users")]
    if len(people) > 1:
        export.leave(f"shift “{node.text('name')}”", f"it puts {len(people)} people on at once; the first takes over")
    return iter([Stretch(person, since, until, node.text("name")) for person in people[:1]])


def _add_final_shifts(export: Export, nodes: Sequence[Node], flaws: list[Flaw]) -> None:
    def placed(node: Node) -> tuple[int, Stretch]:
        who = node.text_or("user_email", node.text_or("user_username", "somebody"))
        return plan_of(node, export), Stretch(who, node.instant("shift_start"), node.instant("shift_end"))

    found: dict[int, list[Stretch]] = {}
    for place, stretch in each(iter(nodes), placed, flaws):
        found.setdefault(place, []).append(stretch)
    for place, stretches in found.items():
        window = min(each.since for each in stretches), max(each.until for each in stretches)
        export.plans[place] = replace(export.plans[place], rendered=Rendered(*window, tuple(stretches)))


def _policies(parts: dict[str, list[Node]], export: Export, flaws: list[Flaw]) -> list[Policy]:
    names = dict(each(iter(parts["chains"]), lambda node: (node.text("id"), node.text("name")), flaws))
    steps: dict[str, list[Node]] = {}
    for chain, node in each(iter(parts["policies"]), lambda node: (node.text("escalation_chain_id"), node), flaws):
        steps.setdefault(chain, []).append(node)
    return [
        policy
        for chain, mine in steps.items()
        for policy in each(iter(mine[:1]), lambda _: _policy(chain, names.get(chain, chain), mine, export), flaws)  # noqa: B023
    ]


def _policy(chain: str, name: str, steps: list[Node], export: Export) -> Policy:
    at, rungs, rounds = timedelta(0), [], 1
    for node in sorted(steps, key=lambda step: step.whole("position")):
        kind = node.text("type")
        if kind == "wait":
            at += timedelta(seconds=node.whole("duration") if node.has("duration") else 60)
        elif kind == "repeat_escalation":
            rounds = _ROUNDS
        elif aims := _aims(node, kind, name, export):
            rungs.append(Rung(at, aims))
    last = rungs[-1].after if rungs else timedelta(0)
    return Policy(chain, name, tuple(rungs), rounds, (at if at > last else last + _PAUSE) if rounds > 1 else None)


def _aims(node: Node, kind: str, chain: str, export: Export) -> tuple[Aim, ...]:
    what = f"step {node.whole('position') + 1} of “{chain}” ({kind})"
    if kind in ("notify_persons", "notify_person_next_each_time"):
        key = "persons_to_notify" if kind == "notify_persons" else "persons_to_notify_next_each_time"
        if kind == "notify_person_next_each_time":
            export.leave(what, "there they take turns from alert to alert; here all of them are called")
        return tuple(Aim("person", _email(user, export)) for user in node.items(key))
    if kind == "notify_on_call_from_schedule":
        return (Aim("plan", node.text("notify_on_call_from_schedule")),)
    if kind in ("notify_whole_channel", "notify_user_group", "notify_team_members"):
        export.leave(what, "it became “team”, everybody whom a page of the team reaches here")
        return (Aim("team"),)
    export.leave(what, "there is no such step in a ladder here")
    return ()
