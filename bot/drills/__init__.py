"""Rehearsal: scenarios, who takes part, how a drill stands, what it was worth and what has rusted; and the OpenVine that it is
played on, which is the sandbox's too.

Pure, but for that OpenVine's HTTP face. It refuses to know the real system: nothing in here has an address of it.
"""
