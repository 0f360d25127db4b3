"""Parts that a step of any kind may have: one small file each, read from the YAML like the kinds in `steps/`.

They are values, and decide nothing about a run.
"""
