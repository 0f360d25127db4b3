"""Who is on call, what the ladder does next, what a page is.

Values and pure functions: no clock, no I/O, no vendor.
"""
