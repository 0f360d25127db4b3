"""Turns Markdown into one HTML page that stands alone: no script, nothing from elsewhere, light and dark. Pure.

It knows what the bot itself writes and what a template contains: headings, lists, tables, paragraphs, emphasis, code and links to
web pages. Everything else is text, HTML included; comments are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d1c1d;background:#fff}}
table{{border-collapse:collapse;margin:1rem 0}}td,th{{padding:.25rem .75rem;border-bottom:1px solid #8886;text-align:left}}
.quiet{{color:#666}}svg{{max-width:100%}}li{{margin:.2rem 0}}code{{background:#8882;padding:0 .2rem;border-radius:3px}}
figure{{margin:1.5rem 0}}figcaption{{color:#666;font-size:.9rem}}svg text{{fill:currentColor}}
@media(prefers-color-scheme:dark){{body{{color:#d1d2d3;background:#1a1d21}}.quiet,figcaption{{color:#9a9b9d}}a{{color:#6cb6ff}}}}
</style></head><body>
{body}
</body></html>"""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r"(#{1,6}) +(.*)")
_ITEM = re.compile(r"[-*] +(?:\[([ xX])\] +)?(.*)")
_RULE = re.compile(r"\|?(?: *:?-+:? *\|)+ *(?::?-+:? *)?")
_INLINE = re.compile(
    r"\\(?P<plain>[\\`*_{}\[\]<>|~&$#:/-])|`(?P<code>[^`]+)`|\*\*(?P<bold>(?:\\.|[^*\\])+)\*\*"
    r"|(?<!\w)_(?P<soft>(?:\\.|[^_\\])+)_(?!\w)|\[(?P<label>[^\[\]]+)\]\((?P<url>https?://[^\s()<>\"]+)\)"
)


def page(title: str, body: str) -> str:
    return PAGE.format(title=escape(title), body=body)


def body_of(markdown: str) -> str:
    """The body of the page."""
    return "\n".join(_blocks(_COMMENT.sub("", markdown).split("\n")))


def _sort(line: str) -> str:
    if not line.strip():
        return ""
    if _HEADING.fullmatch(line):
        return "heading"
    if _ITEM.fullmatch(line):
        return "item"
    return "row" if line.startswith("|") else "text"


def _blocks(lines: list[str]) -> Iterator[str]:
    for sort, group in groupby(lines, key=_sort):
        some = list(group)
        if sort == "heading":
            yield from map(_heading, some)
        elif sort == "item":
            yield f"<ul>{''.join(map(_item, some))}</ul>"
        elif sort == "row":
            yield _table(some)
        elif sort:
            yield f"<p>{_inline(' '.join(some))}</p>"


def _heading(line: str) -> str:
    found = _HEADING.fullmatch(line)
    assert found is not None  # noqa: S101 - that is how it was sorted
    level = len(found[1])
    return f"<h{level}>{_inline(found[2])}</h{level}>"


def _item(line: str) -> str:
    found = _ITEM.fullmatch(line)
    assert found is not None  # noqa: S101 - that is how it was sorted
    box = {"x": "☑ ", "X": "☑ ", " ": "☐ "}.get(found[1] or "", "")
    return f"<li>{box}{_inline(found[2])}</li>"


def _table(lines: list[str]) -> str:
    rows = [_cells(line) for line in lines if not _RULE.fullmatch(line.strip())]
    ruled = len(lines) > 1 and _RULE.fullmatch(lines[1].strip())
    head = f"<tr>{''.join(f'<th>{cell}</th>' for cell in rows[0])}</tr>" if ruled and any(rows[0]) else ""
    rest = rows[1:] if ruled else rows
    return f"<table>{head}{''.join(f'<tr>{_row(row)}</tr>' for row in rest)}</table>"


def _row(cells: list[str]) -> str:
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _cells(line: str) -> list[str]:
    return [_inline(cell.strip()) for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def _inline(text: str) -> str:
    made, last = [], 0
    for found in _INLINE.finditer(text):
        made.append(escape(text[last : found.start()]))
        made.append(_marked(found))
        last = found.end()
    return "".join([*made, escape(text[last:])])


def _marked(found: re.Match[str]) -> str:
    if (plain := found["plain"]) is not None:
        return escape(plain)
    if (code := found["code"]) is not None:
        return f"<code>{escape(code)}</code>"
    if (bold := found["bold"]) is not None:
        return f"<strong>{_inline(bold)}</strong>"
    if (soft := found["soft"]) is not None:
        return f"<em>{_inline(soft)}</em>"
    return f'<a href="{escape(found["url"])}">{_inline(found["label"])}</a>'
