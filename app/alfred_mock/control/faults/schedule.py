"""What a rule does to its first, second, third match: the same each time."""

import hashlib
import math

from alfred_mock.control.faults.effects import MOST_MS, Effect, Lognormal, Uniform
from alfred_mock.control.faults.rules import FaultRule


def effect_for(rule: FaultRule, number: int) -> Effect | None:
    """The effect on the match of this number, from 1 on; None for nothing."""
    if rule.sequence is not None:
        return rule.sequence[number - 1] if number <= len(rule.sequence) else None
    if rule.every is not None and number % rule.every:
        return None
    if rule.percentage is not None and _draw(rule.seed, number) * 100 >= rule.percentage:
        return None
    return rule.effect


def remaining(rule: FaultRule, *, seen: int, fired: int) -> int | None:
    """How often a rule still applies; None for a rule that applies until it is cleared."""
    if rule.sequence is not None:
        return max(0, len(rule.sequence) - seen)
    return None if rule.times is None else max(0, rule.times - fired)


def delay_seconds(effect: Effect, *, seed: str, number: int) -> float:
    """The delay of the answer to the match of this number."""
    match effect.delay_ms:
        case None:
            return 0
        case Uniform(min=least, max=most):
            delay = least + (most - least) * _draw(f"{seed} delay", number)
        case Lognormal(median=median, sigma=sigma):
            delay = min(MOST_MS, median * math.exp(sigma * _draw_normal(f"{seed} delay", number)))
        case fixed:
            delay = fixed
    return delay / 1_000


def _draw(seed: str, number: int) -> float:
    """A number between 0 and 1, neither of them; the same each time."""
    drawn = hashlib.sha256(f"{seed}\n{number}".encode()).digest()[:6]
    return (int.from_bytes(drawn, "big") + 0.5) / 2**48


def _draw_normal(seed: str, number: int) -> float:
    """A number of the standard normal distribution, by Box and Muller."""
    radius = math.sqrt(-2 * math.log(_draw(f"{seed} radius", number)))
    return radius * math.cos(2 * math.pi * _draw(f"{seed} angle", number))
