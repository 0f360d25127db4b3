"""Runbooks: the document's procedures as data, a run as a pure state machine, and the one place that executes.

`model` has the values, `steps/` one file per kind of step, `runs` decides, `request` says what would be sent, `execute` sends it.
No shell is run here, and no address is called that the allow-list does not name.
"""
