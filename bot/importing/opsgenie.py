"""Opsgenie's API v2: `GET /v2/schedules?expand=rotation`, `/v2/schedules/{id}/timeline`, `/v2/schedules/{id}/overrides`,
`/v2/users?expand=contact`, `/v2/escalations`. https://docs.opsgenie.com/docs/schedule-api

Its oddities: everything stands under `data`, and what it is has to be seen from its keys; a user's name is their email; the
rotations of a schedule do not overrule one another, whoever is on in any of them is called; a rule's delay counts from the alert.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.importing.model import Aim, Export, Layer, Plan, Policy, Rendered, Rung, Somebody, Stretch, Turn, Unit
from bot.importing.node import BadExport, Flaw, Node, each
from bot.importing.schedule_lookup import plan_of
from bot.importing.week import DAY, Span, daily, joined, span
from oncall.calendar import WEEKDAYS
from oncall.values import replace

HOW_TO_RENDER = "GET /v2/schedules/{id}/timeline?interval=2&intervalUnit=months"
_UNITS: dict[str, Unit] = {"hourly": "hours", "daily": "days", "weekly": "weeks"}
_DAYS = [day.lower() for day in WEEKDAYS]
_DELAYS = {"minutes": 60, "hours": 3_600, "days": 86_400}
_KNOWN_BY = {
    "timelines": ("finalTimeline",),
    "schedules": ("timezone", "rotations"),
    "overrides": ("startDate", "endDate", "user"),
    "escalations": ("rules",),
    "users": ("username",),
}
"""The keys by which each kind of thing is told from the others; the first that fits."""


def read(documents: Sequence[Node]) -> Export:
    """Everything that the answers hold. Raises `BadExport` with every flaw."""
    flaws: list[Flaw] = []
    export = Export("Opsgenie", how_to_render=HOW_TO_RENDER)
    parts = _sorted(documents, flaws, export)
    for person in each(iter(parts["users"]), _person, flaws):
        export.people[person.email] = person
    export.plans = [
        plan for plan in each(iter(parts["schedules"]), lambda node: _plan(node, export), flaws) if plan is not None
    ]
    for place, rendered in each(iter(parts["timelines"]), lambda node: _timeline(node, export), flaws):
        export.plans[place] = replace(export.plans[place], rendered=rendered)
    for place, stretch in each(iter(parts["overrides"]), lambda node: _override(node, export), flaws):
        plan = export.plans[place]
        export.plans[place] = replace(plan, overrides=(*plan.overrides, stretch))
    export.policies = each(iter(parts["escalations"]), lambda node: _policy(node, export), flaws)
    if flaws:
        raise BadExport(flaws)
    return export


def _sorted(documents: Sequence[Node], flaws: list[Flaw], export: Export) -> dict[str, list[Node]]:
    parts: dict[str, list[Node]] = {name: [] for name in _KNOWN_BY}
    for document in documents:
        if not document.has("data"):
            flaws.append(document.wrong("“data” is missing; is it Opsgenie’s answer as it came?").flaw)
            continue
        data = document.get("data")
        for node in each(data.items(), lambda node: node, flaws) if isinstance(data.value, list) else [data]:
            kind = next((kind for kind, keys in _KNOWN_BY.items() if all(node.has(key) for key in keys)), None)
            if kind is None:
                flaws.append(
                    node.wrong(f"this is none of {', '.join(_KNOWN_BY)} (a schedule needs ?expand=rotation)").flaw
                )
            else:
                parts[kind].append(node)
        if document.has("paging") and document.get("paging").has("next"):
            export.leave(
                document.file, "one page of several (“paging.next” is set): what stands on the others is not read"
            )
    return parts


def _person(node: Node) -> Somebody:
    email = node.email("username")
    phones = sum(way.text_or("contactMethod", "") in ("sms", "voice") for way in node.items("userContacts"))
    zone = node.text("timeZone") if node.has("timeZone") else None
    return Somebody(node.text_or("id", email), email, node.text_or("fullName", email), timezone=zone, phones=phones)


def _known(reference: Node, export: Export) -> str:
    """The email of a user who is referred to; they are in the export from now on."""
    email = reference.email("username") if reference.has("username") else reference.email("name")
    export.people.setdefault(email, Somebody(reference.text_or("id", email), email, email))
    return email


def _plan(node: Node, export: Export) -> Plan | None:
    name = node.text("name")
    if node.has("enabled") and node.value["enabled"] is False:
        export.leave(f"schedule “{name}”", "it is switched off there")
        return None
    zone = node.zone("timezone")
    layers = [layer for rotation in node.items("rotations") if (layer := _layer(rotation, zone, name, export))]
    return Plan(node.text("id"), name, zone, tuple(layers))


def _layer(node: Node, zone: str, plan: str, export: Export) -> Layer | None:
    name = node.text_or("name", "rotation")
    kinds = [each.text("type") for each in node.items("participants")]
    if strangers := sorted({kind for kind in kinds if kind != "user"}):
        why = f"among its participants is {' and '.join(strangers)}; here turns are taken by people"
        export.leave(f"rotation “{name}” of “{plan}”", why)
        return None
    return Layer(
        id=node.text_or("id", name),
        name=name,
        people=tuple(_known(each, export) for each in node.items("participants")),
        turn=Turn(
            node.whole("length", least=1, most=366) if node.has("length") else 1, _UNITS[node.choice("type", _UNITS)]
        ),
        anchor=node.wall("startDate", zone),
        timezone=zone,
        hours=joined(_hours(node.get("timeRestriction"))) if node.has("timeRestriction") else (),
        until=node.instant("endDate") if node.has("endDate") else None,
    )


def _hours(node: Node) -> Iterator[Span]:
    if node.choice("type", ("time-of-day", "weekday-and-time-of-day")) == "time-of-day":
        begin, end = _clock(node.get("restriction"), "start"), _clock(node.get("restriction"), "end")
        yield from daily(begin, (end - begin) % DAY or DAY)
        return
    for restriction in node.items("restrictions"):
        first, last = (_DAYS.index(_day(restriction, end)) for end in ("startDay", "endDay"))
        begin, end = first * DAY + _clock(restriction, "start"), last * DAY + _clock(restriction, "end")
        yield span(first, begin - first * DAY, (end - begin) % (7 * DAY) or 7 * DAY)


def _day(node: Node, key: str) -> str:
    word = node.text(key).lower()
    if word not in _DAYS:
        raise node.get(key).wrong(f"“{word}” is not a day of the week")
    return word


def _clock(node: Node, which: str) -> int:
    hour = node.whole(f"{which}Hour")
    minute = node.whole(f"{which}Min") if node.has(f"{which}Min") else 0
    if hour > 24 or minute > 59:
        raise node.wrong(f"{which}Hour and {which}Min are not a time of day")
    return hour * 60 + minute


def _timeline(node: Node, export: Export) -> tuple[int, Rendered]:
    place = _of_parent(node, export)
    found = [
        Stretch(_called(period.get("recipient")), period.instant("startDate"), period.instant("endDate"))
        for rotation in node.get("finalTimeline").items("rotations")
        for period in rotation.items("periods")
        if period.has("recipient") and period.get("recipient").text_or("type", "none") != "none"
    ]
    return place, Rendered(node.instant("startDate"), node.instant("endDate"), tuple(found))


def _called(recipient: Node) -> str:
    return recipient.text("username") if recipient.has("username") else recipient.text("name")


def _override(node: Node, export: Export) -> tuple[int, Stretch]:
    place = _of_parent(node, export)
    user = node.get("user")
    if user.text_or("type", "user") != "user":
        raise user.wrong("this override calls nobody or no single person; here somebody takes over by name")
    rotations = frozenset(each.text("id") if each.has("id") else each.text("name") for each in node.items("rotations"))
    return place, Stretch(_known(user, export), node.instant("startDate"), node.instant("endDate"), layers=rotations)


def _of_parent(node: Node, export: Export) -> int:
    if not node.has("_parent"):
        return plan_of(node, export)
    wanted = node.get("_parent").text("id")
    places = [place for place, plan in enumerate(export.plans) if plan.id == wanted]
    if not places:
        raise node.get("_parent").wrong(
            f"the schedule {wanted} is not in the export; add GET /v2/schedules?expand=rotation"
        )
    return places[0]


def _policy(node: Node, export: Export) -> Policy:
    name, rungs = node.text("name"), []
    for rule in node.items("rules"):
        after = _delay(rule.get("delay")) if rule.has("delay") else timedelta(0)
        rungs.append(Rung(after, _aims(rule, name, export)))
    rungs.sort(key=lambda rung: rung.after)
    repeat = node.get("repeat") if node.has("repeat") else None
    rounds = 1 + (repeat.whole("count") if repeat and repeat.has("count") else 0)
    wait = timedelta(minutes=repeat.whole("waitInterval")) if repeat and repeat.has("waitInterval") else timedelta(0)
    last = rungs[-1].after if rungs else timedelta(0)
    return Policy(node.text("id"), name, tuple(rungs), rounds, last + wait if rounds > 1 else None)


def _delay(node: Node) -> timedelta:
    unit = node.text_or("timeUnit", "minutes")
    if unit not in _DELAYS:
        raise node.get("timeUnit").wrong(f"“{unit}” is not known here ({', '.join(_DELAYS)})")
    return timedelta(seconds=node.whole("timeAmount") * _DELAYS[unit])


def _aims(rule: Node, policy: str, export: Export) -> tuple[Aim, ...]:
    what = f"a rule of “{policy}”"
    if rule.text_or("condition", "if-not-acked") != "if-not-acked":
        export.leave(what, "it calls until the alert is closed; a ladder here ends with the acknowledgement")
    if rule.text_or("notifyType", "default") not in ("default", "all"):
        export.leave(what, f"it calls “{rule.text('notifyType')}”; here whoever is on call now is called")
    recipient = rule.get("recipient")
    kind = recipient.text("type")
    if kind == "schedule":
        return (Aim("plan", recipient.text("id")),)
    if kind == "user":
        return (Aim("person", _known(recipient, export)),)
    if kind == "team":
        export.leave(
            what, "it calls a team of Opsgenie; it became “team”, everybody whom a page of the team reaches here"
        )
        return (Aim("team"),)
    raise recipient.get("type").wrong(f"“{kind}” is not known here (user, schedule, team)")
