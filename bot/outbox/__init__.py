"""What leaves: the sender takes due deliveries out of the outbox, and a courier of each kind carries them.

`sender` claims and sees through, `throttle` and `pace` say what the other side takes now; `pages`, `words`, `talk` and `steps`
are the couriers. The table kind → courier stands in `bot/wiring/couriers.py`. Refuses to decide what is to leave: that is
written down with the decision itself.
"""
