"""`/incident silence`: shows first what would be silenced, and a press then does it; without words it lists the silences."""

from __future__ import annotations

from uuid import NAMESPACE_OID, uuid5

from bot.context import Context
from bot.errors import UserError
from bot.matching import Matcher, matcher, read_matchers
from bot.permissions import Caller
from bot.silences import covers_p0, refusal
from bot.slack.views import answers
from bot.slack.views import silences as views
from bot.slack.views.silences import PreviewFacts, SilenceFacts, Wish
from bot.store import Tx, silences
from bot.usecases import silences as use
from handlers.verbs import Answer
from handlers.words import Words

USAGE = "Write `/incident silence 7 2h WHY` or `/incident silence instance=app-1 2h WHY`. Nothing was silenced."
_NO_P0 = matcher("severity", "!=", "P0")


def silence(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`silence [N|MATCHERS] TIME WHY`, `silence end ID`, or the list."""
    if not words.text:
        return Answer(views.silence_list([_facts(ctx, tx, each) for each in use.standing(tx, ctx)]))
    first, rest = words.first()
    if first.lower() == "end":
        return ended(tx, ctx, caller, use.named(tx, rest.strip("`")).id)
    matchers, behind = _matchers(tx, ctx, words)
    span, why = Words(_without_p0(behind)[1]).span()
    if span is None:
        raise UserError(f"Say for how long. {USAGE}")
    excepted, reason = _without_p0(why.plain)
    if (excepted or _without_p0(behind)[0]) and _NO_P0 not in matchers:
        matchers = (*matchers, _NO_P0)
    if not reason:
        raise UserError(f"A silence needs a reason. {USAGE}")
    if (refused := refusal(matchers, span, reason, ctx.config.rules)) is not None:
        raise UserError(f"{refused} Nothing was silenced.")
    return _shown(tx, ctx, Wish(" ".join(map(str, matchers)), span, reason, tx.at), matchers)


def _shown(tx: Tx, ctx: Context, wish: Wish, matchers: tuple[Matcher, ...]) -> Answer:
    found = use.preview(tx, ctx, matchers)
    facts = PreviewFacts(
        wish=wish,
        alerts=found.alerts,
        firing=found.firing,
        p0=found.p0,
        incidents=found.incidents,
        left_out=found.left_out,
        may_be_p0=tuple(rule.name for rule in ctx.config.rules if covers_p0(matchers, rule)),
    )
    try:
        return Answer(views.preview(facts))
    except ValueError as error:
        raise UserError(f"Not taken: {error}. Nothing was silenced.") from None


def _matchers(tx: Tx, ctx: Context, words: Words) -> tuple[tuple[Matcher, ...], str]:
    """What is to be silenced: an incident's alerts, a rule by its name, or what the matchers name."""
    try:
        found, behind = read_matchers(words.plain)
    except ValueError as error:
        text = str(error)
        raise UserError(f"{text[:1].upper()}{text[1:]}. Nothing was silenced.") from None
    if found:
        return found, behind
    first, rest = words.first()
    if ctx.rule(first) is not None:
        return (matcher("rule", "=", first),), rest
    named, left = words.number()
    if named is None:
        raise UserError(f"“{Words(first).plain[:60]}” is not an incident, rule or matcher. {USAGE}")
    return use.of_incident(tx, named), left.plain


def _without_p0(text: str) -> tuple[bool, str]:
    """Reads `except P0` before the rest."""
    words = text.split()
    excepted = [word.lower().rstrip(",:") for word in words[:2]] == ["except", "p0"]
    return excepted, " ".join(words[2:]) if excepted else text


def made(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """The press: silences from now on, for as long as was asked."""
    wish = views.read_wish(value)
    if wish is None:
        raise UserError(f"That button is from an older message. {USAGE}")
    silence_id = str(uuid5(NAMESPACE_OID, f"{caller.actor} {value}"))
    if silences.find(tx.conn, silence_id) is not None:
        raise UserError("That silence was made already. `/incident silence` lists them. Nothing was done.")
    matchers, _ = read_matchers(wish.matchers)
    new = use.create(tx, ctx, matchers, tx.at, tx.at + wish.span, caller.actor, wish.why, silence_id)
    return Answer(
        answers.said(
            f"Silenced until {new.ends_at:%a %H:%M} UTC. `/incident silence end {new.short}` ends it before its time."
        )
    )


def ended(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    over = use.end(tx, ctx, value, caller.actor)
    return Answer(answers.said(f"The silence is over: {over.text}. What it held and still fires calls now."))


def _facts(ctx: Context, tx: Tx, each: use.Standing) -> SilenceFacts:
    silence = each.silence
    return SilenceFacts(
        id=silence.id,
        what=silence.text,
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        active=silence.state(tx.at) == "active",
        by=ctx.called(tx, silence.created_by),
        why=silence.comment,
        window=silence.window,
        holds=each.holds,
        names=each.names,
    )
