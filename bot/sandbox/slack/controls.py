"""What a person can press, choose from or write in, as Block Kit describes it (https://docs.slack.dev/reference/block-kit/block-elements)."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.schema import Check, Report, anything, boolean, items, number, one_of, shape, string, text

ID = string(255)
_CONFIRM = shape(
    ("title", "text", "confirm", "deny"),
    title=text(100, plain=True),
    text=text(300),
    confirm=text(30, plain=True),
    deny=text(30, plain=True),
    style=one_of("primary", "danger"),
)
_OPTION_FIELDS: dict[str, Check] = {"value": string(150, 1), "description": text(75), "url": string(3000)}
_OPTION = shape(("text", "value"), text=text(75, plain=True), **_OPTION_FIELDS)
_RICH_OPTION = shape(("text", "value"), text=text(75), **_OPTION_FIELDS)
_OPTIONS = items(_OPTION, 100)
_GROUPS = items(shape(("label", "options"), label=text(75, plain=True), options=_OPTIONS), 100)
_COMMON: dict[str, Check] = {
    "action_id": ID,
    "confirm": _CONFIRM,
    "focus_on_load": boolean,
    "placeholder": text(150, plain=True),
}


def _element(*required: str, **fields: Check) -> Check:
    return shape(required, **_COMMON, **fields)


def _choice(check: Check) -> Check:
    """Adds what Slack demands of a fixed choice: options to choose from, and an initial choice that is one of them."""

    def checked(value: Any, at: str, report: Report) -> None:
        known = len(report.faults)
        check(value, at, report)
        if len(report.faults) > known:
            return
        groups = value.get("option_groups") or []
        options = [*(value.get("options") or []), *(one for group in groups for one in group.get("options") or [])]
        if not options:
            report.add("missing required field: options", at)
        chosen = [*(value.get("initial_options") or []), *filter(None, [value.get("initial_option")])]
        if any(one not in options for one in chosen):
            report.add("initial_option must be one of the provided options", at)

    return checked


def _select(what: str, **fields: Check) -> tuple[tuple[str, Check], ...]:
    """The single and the multiple form of one select."""
    one, many = _element(**fields), _element(max_selected_items=number(1, 10**9), **fields)
    if what == "static":
        one, many = _choice(one), _choice(many)
    return (f"{what}_select", one), (f"multi_{what}_select", many)


_INPUT = {"initial_value": string(3000), "min_length": number(0, 3000), "max_length": number(1, 3000)}
_WRITING: dict[str, Check] = {**_INPUT, "multiline": boolean, "dispatch_action_config": anything}
ELEMENTS: dict[str, Check] = {
    "button": _element(
        "text",
        text=text(75, plain=True),
        value=string(2000),
        url=string(3000),
        style=one_of("primary", "danger"),
        accessibility_label=string(75),
    ),
    "overflow": _element("options", options=items(_OPTION, 5)),
    **dict(
        (
            *_select(
                "static", options=_OPTIONS, option_groups=_GROUPS, initial_option=_OPTION, initial_options=_OPTIONS
            ),
            *_select("users", initial_user=string(20), initial_users=anything),
            *_select("external", initial_option=_OPTION, initial_options=_OPTIONS, min_query_length=number(0, 100)),
            *_select(
                "conversations",
                initial_conversation=string(20),
                initial_conversations=anything,
                default_to_current_conversation=boolean,
                response_url_enabled=boolean,
                filter=anything,
            ),
            *_select("channels", initial_channel=string(20), initial_channels=anything, response_url_enabled=boolean),
        )
    ),
    "checkboxes": _choice(
        _element("options", options=items(_RICH_OPTION, 10), initial_options=items(_RICH_OPTION, 10))
    ),
    "radio_buttons": _choice(_element("options", options=items(_RICH_OPTION, 10), initial_option=_RICH_OPTION)),
    "datepicker": _element(initial_date=string(10)),
    "timepicker": _element(initial_time=string(5), timezone=string(100)),
    "datetimepicker": _element(initial_date_time=number(10**9, 10**10 - 1)),
    "plain_text_input": _element(**_WRITING),
    "email_text_input": _element(initial_value=string(3000), dispatch_action_config=anything),
    "url_text_input": _element(initial_value=string(3000), dispatch_action_config=anything),
    "number_input": _element(
        "is_decimal_allowed",
        is_decimal_allowed=boolean,
        initial_value=string(100),
        min_value=string(100),
        max_value=string(100),
        dispatch_action_config=anything,
    ),
    "rich_text_input": _element(initial_value=anything, dispatch_action_config=anything),
    "file_input": _element(filetypes=anything, max_files=number(1, 10)),
}
IMAGE = shape(("alt_text",), image_url=string(3000, 1), slack_file=anything, alt_text=string(2000, 1))
_NOT_IN_ACTIONS = {
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
}
IN_ACTIONS = {name: check for name, check in ELEMENTS.items() if name not in _NOT_IN_ACTIONS}
IN_INPUT = {name: check for name, check in ELEMENTS.items() if name not in {"button", "overflow"}}
