"""After an incident, and on the way: what has to be done, what others are told, what is written down so that it is read. Pure.

It refuses to know how anybody is reached and where anything is kept.
"""
