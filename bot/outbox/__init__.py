"""The outbox's way out: the sender takes due deliveries from the database, and the courier of their kind carries each one.

`claiming` takes them, `sender` hands them over, `outcomes` writes down what came of each; `throttle` and `token_bucket` say how
much the other side takes now. Every other file is a courier or what couriers share; the table kind → courier stands in
`bot/wiring/couriers.py`. Refuses to decide what is to leave: that is written down with the decision itself.
"""
