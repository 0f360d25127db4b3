"""What a step may have whatever its kind: one small file each, read from the YAML like the kinds in `steps/`.

Refuses to decide anything about a run: these are values.
"""
