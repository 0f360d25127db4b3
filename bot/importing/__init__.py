"""Imports from other on-call tools: what a tool exports becomes our files, with a proof that the same people are on call.

Pure: JSON values in, YAML texts, remarks and differing stretches out. It refuses to drop anything silently: what has no
counterpart here comes back as a sentence that says what it was and why. One file per tool reads its documented JSON.
"""
