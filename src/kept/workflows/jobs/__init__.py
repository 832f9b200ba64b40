"""What pages ask a worker to do: ONE FILE a kind of job, each with a `run`.

`run(folder, wanted, *, actor, progress)` returns what came of it: counts, names and references, never a value of a person. It
can be begun again after a crash.
"""
