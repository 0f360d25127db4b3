"""Rehearsal: scenarios, who takes part, how a drill stands, its score, what has rusted, and the practice OpenVine.

That OpenVine is the sandbox's too. Everything here is pure except for its HTTP side. The room knows nothing of the real system:
there is no address of it in here.
"""
