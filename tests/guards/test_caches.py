"""What outsiders send is remembered by nobody, or up to so much of it: a cache of their texts is a way to fill our memory."""

from __future__ import annotations

import ast

from tests.guards.source import calls, modules, nodes

CACHES = {
    "oncall.calendar": "instants of the rota's local times, so many and no more",
    "oncall.hours": "weeks of the rota's hours, so many and no more",
    "bot.configuration.drills_file": "the scenarios that come with the bot",
    "bot.configuration.loader": "folders of configuration",
    "bot.ground.tls": "one set of certificates",
    "bot.slack.views.block_json": "a few words for each class of Slack's library",
    "bot.store.schema.columns": "ladders, which come from the operator's files",
    "bot.store.upsert": "one function for each dialect",
}
"""Who keeps what for good, and why none of it comes from outside."""
BOUNDED = {
    "bot.sources.repeats": "what Prometheus repeats, 4 million characters of it",
    "bot.web.intake": "short posts of our own format, 1 MiB of them for each door",
}
"""Who keeps outsiders' texts for a while, and how much of them: in a `BoundedCache`, which forgets."""


def test_no_cache_holds_what_comes_from_outside() -> None:
    keepers = {
        name
        for name, tree in modules().items()
        if not name.startswith(("bot.sandbox", "bot.cli"))
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator in node.decorator_list
        if ast.unparse(decorator).partition("(")[0].rpartition(".")[2] in ("cache", "lru_cache")
    }
    assert keepers == set(CACHES), "a cache keyed by what others send grows with it; say here why this one does not"


def test_what_comes_from_outside_is_kept_only_up_to_so_much_of_it() -> None:
    keepers = {name for name, tree in modules().items() for called, _ in calls(tree) if called == "BoundedCache"}
    assert keepers == set(BOUNDED)
