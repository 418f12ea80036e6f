"""What is found out about an answer beyond its shape."""

from collections.abc import Mapping

from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.conformance.bodies import CONTENT
from alfred_mock.conformance.exchange import Answer

_ENDS = frozenset((Stage.COMPLETED, Stage.FAILED, Stage.INVALID, Stage.CANCELLED))


def page(answer: Answer, variables: Mapping[str, str]) -> dict[str, str]:
    """Whether a list has as few elements as were asked for, which is one."""
    result = answer.content.get("result") if isinstance(answer.content, dict) else None
    if not isinstance(result, list):
        return {}
    return {"page": "as asked for" if len(result) <= 1 else "more than asked for"}


def content(answer: Answer, variables: Mapping[str, str]) -> dict[str, str]:
    """Whether the content of the file is what was uploaded."""
    return {"content": "as sent" if answer.body == CONTENT else "changed"}


def part(answer: Answer, variables: Mapping[str, str]) -> dict[str, str]:
    """Whether the part is the one that was asked for."""
    wanted = {CONTENT[4:10]: "the part asked for", CONTENT: "all of it"}
    return {"content": wanted.get(answer.body, "something else")}


def is_at_its_end(answer: Answer) -> bool:
    """Whether a job goes no further; an answer that is no job is no reason to wait either."""
    if not isinstance(answer.content, dict) or "stage" not in answer.content:
        return True
    return answer.content["stage"] in _ENDS
