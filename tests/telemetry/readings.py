"""Reads what `GET /metrics` says."""

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


def readings(text: str) -> dict[str, dict[Labels, float]]:
    """The values by the name of their sample, then by their labels."""
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def value(text: str, name: str, **labels: str) -> float:
    """The sum of what has a name, without the prefix of all, and at least these labels."""
    samples = readings(text).get(f"alfred_mock_{name}", {})
    return sum(each for key, each in samples.items() if labels.items() <= key)
