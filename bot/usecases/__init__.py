"""What the bot can be asked to do. Each use case is one function in one transaction: read, decide, record.

It takes the transaction (`Tx`) and the `Context` it is decided in, and refuses to wait for anything: no network, no sleep.
Whatever has to leave the bot is put in the outbox by `record`.
"""
