"""The body of a control call: exactly what its schema allows."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Strict, model_validator
from pydantic_core import PydanticCustomError

from alfred_mock.core.validation import nearest

T = TypeVar("T")

Choice = Annotated[T, Strict(False)]
"""An enum, given by its value: strict validation would want the member itself."""


class ControlBody(BaseModel):
    """A body, or an object in one: unknown keys are refused, and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        for key in content:
            if key not in cls.model_fields:
                raise PydanticCustomError(
                    "unknown_key",
                    "has no key '{key}'; the nearest is '{nearest}'",
                    {"key": key[:100], "nearest": nearest(key, cls.model_fields)},
                )
        return {key: _whole(value) for key, value in content.items()}


def _whole(value: Any) -> Any:
    # To JSON schema 5.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value
