"""The ways to reach a person, one file each. A pager says only its payload and its oddities."""
