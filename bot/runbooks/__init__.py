"""Runbooks: the document's procedures as data, the run of one as a pure state machine, and the one place that executes.

`model` reads the YAML's data, `steps/` has one file per kind of step, `runs` decides, `request` is what would leave,
`execute` lets it leave. No shell is run here, and no address is called that the allow-list does not name.
"""
