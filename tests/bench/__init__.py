"""`make bench`: every figure that the README claims, measured on this machine, with its load and its own check."""
