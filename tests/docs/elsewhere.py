"""The examples that are not executed with the others: which test executes them, or why none does.

Each is named by its page and its first line.
"""

ELSEWHERE: dict[tuple[str, str], str] = {}
