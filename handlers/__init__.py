"""Slack in: translate what a person did into one use case, call it, answer. No rule lives here.

A listener commits first and answers then, with no network in between. Whatever needs Slack (opening a modal, saying why a
click was refused) happens after the answer.
"""
