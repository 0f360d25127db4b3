"""Slack inbound: translates what a person did into one use case, calls it and answers. No rule lives here.

A listener commits first and answers then, with no network in between. Everything that needs Slack (opening a modal, saying why a
click was refused) happens after the answer.
"""
