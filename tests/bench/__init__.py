"""Benchmarks: this crawler beside others, on the same pages, the same machine, the same minute.

``scripts/bench articles | raw | durability | polls | lag …``; every contestant is a whole process, rounds are interleaved,
and a contestant that did not do all of the work fails the run instead of winning it.
"""
