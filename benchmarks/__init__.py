"""How fast alfred-mock is beside the mock servers one would otherwise use.

`python -m benchmarks` compares them, `python -m benchmarks memory` and `python -m benchmarks scale`
look at alfred-mock alone. Only addresses of this machine are ever called.
"""
