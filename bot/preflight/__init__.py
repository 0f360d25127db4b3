"""What could be in a page's way is looked for every morning, and by `check --live`: before an incident finds it.

Each probe asks one service and pages nobody; `courier` asks them all once a morning, and `morning` keeps what they found. Refuses
to repair anything, and to say anything on a morning on which all is well.
"""
