"""The stages of a request, ONE FILE each: `run(case, world, held)` does the stage, again and again until it is done.

A step may be killed anywhere and is then run once more: what it did already, it finds done. It returns `Done`, or `Wait` where
somebody else must act first. A SourceError means that a store is down, and the step is tried again; a Refused asks staff to look.
"""
