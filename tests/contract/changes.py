"""Names what differs between two OpenAPI documents, and which of it breaks a client."""

from collections.abc import Iterator
from typing import Any, NamedTuple

_REFERENCE = "#/components/schemas/"
_CONSTRAINTS = ("type", "format", "pattern", "const", "minimum", "maximum", "exclusiveMinimum")
_CONSTRAINTS += ("exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems")


class Change(NamedTuple):
    """A difference; breaking if a client that was right before may be wrong now."""

    is_breaking: bool
    where: str
    what: str

    def __str__(self) -> str:
        return f"{'BREAKING' if self.is_breaking else 'compatible'}: {self.where}: {self.what}"


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """All differences, the breaking ones first; empty if and only if the documents are equal."""
    found = list(dict.fromkeys(_Comparison(old, new).all()))
    if not found and old != new:
        found = [Change(False, "document", "texts or examples have changed")]
    return sorted(found, key=lambda change: (not change.is_breaking, change.where, change.what))


class _Comparison:
    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str, bool]] = set()

    def all(self) -> Iterator[Change]:
        before, after = _operations(self._old), _operations(self._new)
        yield from _gone(before, after, "operation")
        yield from _come(before, after, "operation")
        for name in before.keys() & after.keys():
            yield from self._operation(name, before[name], after[name])
        if self._old["components"].get("securitySchemes") != self._new["components"].get(
            "securitySchemes"
        ):
            yield Change(True, "securitySchemes", "have changed")

    def _operation(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
        for member in ("operationId", "security"):
            if old.get(member) != new.get(member):
                yield Change(True, name, f"{member} {old.get(member)} -> {new.get(member)}")
        before, after = _parameters(old), _parameters(new)
        yield from _gone(before, after, f"{name}: parameter")
        for each in sorted(after.keys() - before.keys()):
            yield Change(bool(after[each]["required"]), name, f"parameter {each} is new")
        for each in before.keys() & after.keys():
            where = f"{name}: parameter {each}"
            if after[each]["required"] and not before[each]["required"]:
                yield Change(True, where, "is required now")
            yield from self._schema(
                where, before[each]["schema"], after[each]["schema"], asked=True
            )
        asked = [each.get("requestBody", {}) for each in (old, new)]
        if asked[1].get("required") and not asked[0].get("required"):
            yield Change(True, f"{name}: body", "is required now")
        yield from self._content(f"{name}: body", *asked, asked=True)
        yield from _gone(old["responses"], new["responses"], f"{name}: answer")
        for status in sorted(new["responses"].keys() - old["responses"].keys()):
            yield Change(status.startswith("2"), name, f"answer {status} is new")
        for status in old["responses"].keys() & new["responses"].keys():
            yield from self._answer(
                f"{name}: {status}", old["responses"][status], new["responses"][status]
            )

    def _answer(self, where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
        before, after = self._headers(self._old, old), self._headers(self._new, new)
        yield from _gone(before, after, f"{where}: header")
        yield from _come(before, after, f"{where}: header")
        for name in before.keys() & after.keys():
            header = f"{where}: header {name}"
            if before[name].get("required") and not after[name].get("required"):
                yield Change(True, header, "may be missing now")
            yield from self._schema(
                header, before[name]["schema"], after[name]["schema"], asked=False
            )
        yield from self._content(where, old, new, asked=False)

    @staticmethod
    def _headers(document: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        shared = document["components"].get("headers", {})
        return {
            name: shared[name] if "$ref" in header else header
            for name, header in answer.get("headers", {}).items()
        }

    def _content(
        self, where: str, old: dict[str, Any], new: dict[str, Any], *, asked: bool
    ) -> Iterator[Change]:
        before, after = old.get("content", {}), new.get("content", {})
        yield from _gone(before, after, f"{where}: type")
        yield from _come(before, after, f"{where}: type")
        for kind in before.keys() & after.keys():
            yield from self._schema(
                where, before[kind]["schema"], after[kind]["schema"], asked=asked
            )

    def _schema(
        self, where: str, old: dict[str, Any], new: dict[str, Any], *, asked: bool
    ) -> Iterator[Change]:
        """`asked` is whether clients send it: then fewer values are breaking, else more are."""
        names = old.get("$ref", ""), new.get("$ref", "")
        if names != ("", ""):
            # A schema that has only another name is no change of the wire.
            where = names[1].removeprefix(_REFERENCE) or where
            if (*names, asked) in self._seen:
                return
            self._seen.add((*names, asked))
            old, new = _resolved(old, self._old), _resolved(new, self._new)
        for member in _CONSTRAINTS:
            if old.get(member) != new.get(member):
                yield Change(True, where, f"{member} {old.get(member)} -> {new.get(member)}")
        yield from _values(where, old.get("enum"), new.get("enum"), asked=asked)
        yield from self._members(where, old, new, asked=asked)
        if ("items" in old) and ("items" in new):
            yield from self._schema(f"{where}[]", old["items"], new["items"], asked=asked)
        for alternatives in ("anyOf", "oneOf", "allOf"):
            before, after = old.get(alternatives, []), new.get(alternatives, [])
            if len(before) != len(after):
                fewer = len(after) < len(before)
                yield Change(fewer is asked, where, f"{alternatives} has other alternatives")
            for first, second in zip(before, after, strict=False):
                yield from self._schema(where, first, second, asked=asked)
        closed = old.get("additionalProperties"), new.get("additionalProperties")
        if closed[0] != closed[1]:
            yield Change(closed[1] is False and asked, where, "other members are judged otherwise")

    def _members(
        self, where: str, old: dict[str, Any], new: dict[str, Any], *, asked: bool
    ) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        yield from _gone(before, after, f"{where}: member")
        for name in sorted(after.keys() - before.keys()):
            yield Change(asked and name in needs, where, f"member {name} is new")
        for name in sorted(before.keys() & after.keys()):
            if (name in needed) != (name in needs):
                what = "is required now" if name in needs else "may be missing now"
                yield Change((name in needs) is asked, f"{where}.{name}", what)
            yield from self._schema(f"{where}.{name}", before[name], after[name], asked=asked)


def _operations(document: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def _parameters(operation: dict[str, Any]) -> dict[str, Any]:
    return {f"{each['in']} {each['name']}": each for each in operation.get("parameters", ())}


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").removeprefix(_REFERENCE)
    found: dict[str, Any] = document["components"]["schemas"].get(name, schema)
    return found


def _gone(old: dict[str, Any], new: dict[str, Any], what: str) -> Iterator[Change]:
    for name in sorted(old.keys() - new.keys()):
        yield Change(True, what, f"{name} is gone")


def _come(old: dict[str, Any], new: dict[str, Any], what: str) -> Iterator[Change]:
    for name in sorted(new.keys() - old.keys()):
        yield Change(False, what, f"{name} is new")


def _values(
    where: str, old: list[Any] | None, new: list[Any] | None, *, asked: bool
) -> Iterator[Change]:
    if old is None or new is None:
        if old != new:
            yield Change((new is not None) is asked, where, f"enum {old} -> {new}")
        return
    for value in old:
        if value not in new:
            yield Change(asked, where, f"value {value!r} is gone")
    for value in new:
        if value not in old:
            yield Change(not asked, where, f"value {value!r} is new")
