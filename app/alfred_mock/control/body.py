"""The body of a control call: exactly what its schema allows."""

from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    Strict,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from alfred_mock.core.validation import what_is_known

T = TypeVar("T")

Choice = Annotated[T, Strict(False)]
"""An enum, given by its value: strict validation would want the member itself."""


def _not_null(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("null", "must not be null: leave it out for all, or name one")
    return value


class _NotNull(BeforeValidator):
    """Says the same in the schema."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        shown = handler(schema)
        kinds = [kind for kind in shown.pop("anyOf", ()) if kind != {"type": "null"}]
        return {**shown, **(kinds[0] if kinds else {})}


NotNull = _NotNull(_not_null)
"""A value that may be left out, but not be null."""


class ControlBody(BaseModel):
    """A body, or an object in one: unknown keys are refused, and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema, without a default of null where null is refused."""
        shown = handler(schema)
        for member in handler.resolve_ref_schema(shown).get("properties", {}).values():
            if member.get("default", "") is None and "anyOf" not in member:
                del member["default"]
        return shown

    @model_validator(mode="before")
    @classmethod
    def _read(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        for key in content:
            if key not in cls.model_fields:
                raise PydanticCustomError(
                    "unknown_key",
                    "has no key '{key}'; {known}",
                    {"key": key[:100], "known": what_is_known(key, cls.model_fields, "'")},
                )
        return {key: _whole(value) for key, value in content.items()}


def _whole(value: Any) -> Any:
    # To JSON schema 5.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value
