"""PagerDuty's REST API v2: `GET /schedules/{id}`, `/schedules/{id}/overrides`, `/users?include[]=contact_methods`,
`/escalation_policies`. https://developer.pagerduty.com/api-reference/

Its oddities: layers are listed topmost first; `rotation_turn_length_seconds` of whole days means days by the wall clock; a
restriction's hours are those of the schedule's zone, its first day of the week is 1, Monday; turns go by under a restriction
that covers nothing; an answer about overrides does not say whose they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.importing.model import Aim, Export, Layer, Plan, Policy, Rendered, Rung, Somebody, Stretch
from bot.importing.node import BadExport, Flaw, Misread, Node, each
from bot.importing.schedule_lookup import plan_of
from bot.importing.turns import turn_of
from bot.importing.week import Span, daily, joined, span
from oncall.values import replace

HOW_TO_RENDER = "GET /schedules/{id}?since=…&until=…&overflow=false, some weeks long"
_LISTS = ("users", "schedules", "overrides", "escalation_policies")
_SINGLE = {
    "user": "users",
    "schedule": "schedules",
    "override": "overrides",
    "escalation_policy": "escalation_policies",
}
_USERS = "GET /users?include[]=contact_methods"


def read(documents: Sequence[Node]) -> Export:
    """Everything that the answers hold. Raises `BadExport` with every flaw."""
    flaws: list[Flaw] = []
    export = Export("PagerDuty", how_to_render=HOW_TO_RENDER)
    parts = _sorted(documents, flaws, export)
    people = [node for name in ("users", "schedules") for node in _users_in(name, parts[name])]
    for person in each(iter(people), _person, flaws):
        export.people.setdefault(person.id, person)
    export.plans = each(iter(parts["schedules"]), lambda node: _plan(node, export), flaws)
    _add_overrides(export, parts["overrides"], flaws)
    export.policies = each(iter(parts["escalation_policies"]), lambda node: _policy(node, export), flaws)
    if flaws:
        raise BadExport(flaws)
    return export


def _sorted(documents: Sequence[Node], flaws: list[Flaw], export: Export) -> dict[str, list[Node]]:
    parts: dict[str, list[Node]] = {name: [] for name in _LISTS}
    for document in documents:
        known = [name for name in (*_LISTS, *_SINGLE) if document.has(name)]
        if not known:
            flaws.append(
                document.wrong(f"none of {', '.join(_LISTS)} is in it; is it PagerDuty's answer as it came?").flaw
            )
        for name in known:
            parts[_SINGLE.get(name, name)] += (
                [document.get(name)] if name in _SINGLE else each(document.items(name), lambda node: node, flaws)
            )
        if document.has("more") and document.value["more"] is True:
            export.leave(
                document.file, f"one page of several (“more” is true): {', '.join(known)} on the others are not read"
            )
    return parts


def _users_in(name: str, nodes: Sequence[Node]) -> Iterator[Node]:
    """Whole users; the references in a schedule are whole where it was asked for with `include[]=users`."""
    if name == "users":
        yield from nodes
        return
    for schedule in nodes:
        try:
            yield from (user for user in schedule.items("users") if user.has("email"))
        except Misread:
            continue  # said where the schedule is read


def _person(node: Node) -> Somebody:
    login = node.email("email")
    ways = list(node.items("contact_methods"))
    mail = [way.text("address") for way in ways if way.has("address") and way.text_or("type", "").startswith("email")]
    phones = sum(way.text_or("type", "").startswith(("phone", "sms")) for way in ways)
    other = mail[0] if mail and login.lower() not in {address.lower() for address in mail} else None
    return Somebody(node.text("id"), login, node.text_or("name", login), email_to=other, phones=phones)


def _email(reference: Node, export: Export) -> str:
    """Whom a reference means. Raises `Misread` if they are not in the export."""
    person = export.people.get(reference.text("id"))
    if person is None:
        name = reference.text_or("summary", reference.text("id"))
        raise reference.wrong(
            f"{name} is not in the export; add {_USERS} (a removed user has to leave the schedule first)"
        )
    return person.email


def _shown(reference: Node, export: Export) -> str:
    """The same for what is only compared: somebody who is gone is named, not refused."""
    person = export.people.get(reference.text("id"))
    return person.email if person else reference.text_or("summary", reference.text("id"))


def _plan(node: Node, export: Export) -> Plan:
    zone = node.zone("time_zone")
    layers = list(node.items("schedule_layers"))
    return Plan(
        id=node.text("id"),
        name=node.text("name"),
        timezone=zone,
        layers=tuple(_layer(layer, zone, len(layers) - place, export) for place, layer in enumerate(layers)),
        overrides=tuple(_subschedule(node, "overrides_subschedule", export)),
        rendered=_rendered(node, export),
    )


def _layer(node: Node, zone: str, rank: int, export: Export) -> Layer:
    return Layer(
        id=node.text_or("id", ""),
        name=node.text_or("name", f"Layer {rank}"),
        people=tuple(_email(user.get("user"), export) for user in node.items("users")),
        turn=turn_of(node, "rotation_turn_length_seconds"),
        anchor=node.wall("rotation_virtual_start", zone),
        timezone=zone,
        hours=_hours(node),
        since=node.instant("start"),
        until=node.instant("end") if node.has("end") else None,
        rank=rank,
    )


def _hours(node: Node) -> tuple[Span, ...]:
    return joined(found for restriction in node.items("restrictions") for found in _restriction(restriction))


def _restriction(node: Node) -> list[Span]:
    kind = node.choice("type", ("daily_restriction", "weekly_restriction"))
    length, left = divmod(node.whole("duration_seconds", least=1), 60)
    hour, minute, second = _time(node.get("start_time_of_day"))
    if left or second:
        raise node.wrong(
            "this restriction does not begin and end at whole minutes; hours are written to the minute here"
        )
    begins = hour * 60 + minute
    if kind == "daily_restriction":
        return daily(begins, length)
    day = node.whole("start_day_of_week", least=1)
    if day > 7:
        raise node.get("start_day_of_week").wrong("1 (Monday) to 7 (Sunday) is expected")
    return [span(day - 1, begins, length)]


def _time(node: Node) -> tuple[int, int, int]:
    parts = node.text().removesuffix("Z").split(":")
    if len(parts) not in (2, 3) or not all(part.isdecimal() for part in parts):
        raise node.wrong("a time of day such as 08:00:00 is expected")
    hour, minute, second = (*map(int, parts), 0)[:3]
    if hour > 23 or minute > 59 or second > 59:
        raise node.wrong("there is no such time of day")
    return hour, minute, second


def _subschedule(node: Node, key: str, export: Export) -> Iterator[Stretch]:
    if node.has(key):
        for entry in node.get(key).items("rendered_schedule_entries"):
            yield _stretch(entry, export)


def _stretch(node: Node, export: Export) -> Stretch:
    return Stretch(_shown(node.get("user"), export), node.instant("start"), node.instant("end"))


def _rendered(node: Node, export: Export) -> Rendered | None:
    """PagerDuty does not repeat the window that was asked for: it is taken from the first entry to the last."""
    found = sorted(_subschedule(node, "final_schedule", export), key=lambda stretch: stretch.since)
    if not found:
        return None
    return Rendered(found[0].since, max(stretch.until for stretch in found), tuple(found))


def _add_overrides(export: Export, nodes: Sequence[Node], flaws: list[Flaw]) -> None:
    def placed(node: Node) -> tuple[int, Stretch]:
        return plan_of(node, export), Stretch(
            _email(node.get("user"), export), node.instant("start"), node.instant("end")
        )

    for place, stretch in each(iter(nodes), placed, flaws):
        plan = export.plans[place]
        export.plans[place] = replace(plan, overrides=(*plan.overrides, stretch))


def _policy(node: Node, export: Export) -> Policy:
    at, rungs, name = timedelta(0), [], node.text("name")
    for rule in node.items("escalation_rules"):
        aims = tuple(_aim(target, export) for target in rule.items("targets"))
        rungs.append(Rung(at, aims))
        at += timedelta(minutes=rule.whole("escalation_delay_in_minutes"))
    rounds = 1 + (node.whole("num_loops") if node.has("num_loops") else 0)
    return Policy(node.text("id"), name, tuple(rungs), rounds, at if rounds > 1 else None)


def _aim(node: Node, export: Export) -> Aim:
    kind = node.text("type").removesuffix("_reference")
    if kind == "schedule":
        return Aim("plan", node.text("id"))
    if kind == "user":
        return Aim("person", _email(node, export))
    raise node.get("type").wrong(f"“{kind}” is not known here (user_reference, schedule_reference)")
