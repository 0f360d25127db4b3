"""Reads from the store what a view has to show: everything a person sees is drawn from the state at that moment.

One file per subject: store → facts, which the view of the same subject draws. It refuses to write, to word and to draw.
"""
