"""`make torture`: the real program, killed again and again while people and alerts press on it, and then held to its promises.

`vendors` are the servers it talks to, kept alive in this process; `config` its policies of seconds; `victims` the processes that
are killed; `hands` what alerts and people do; `account` what must be true in the end; `run` one scenario of all that.
"""
