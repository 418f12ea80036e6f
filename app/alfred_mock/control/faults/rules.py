"""Rules: which requests fail, how often, and in which way."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from starlette.types import Scope

from alfred_mock.control.body import ControlBody
from alfred_mock.control.company_filter import CompanyName
from alfred_mock.control.faults.effects import Effect, header_names, wrong
from alfred_mock.control.request_match import PATH_PATTERN, glob, query_globs, query_matches

MOST = 2**31 - 1
"""The largest number that the counters hold."""

Glob = Annotated[str, Field(min_length=1, max_length=1024)]
QueryGlob = Annotated[str, Field(max_length=1024)]
"""A value in a query may be empty."""


class Match(ControlBody):
    """Which requests: those that are like all that is given."""

    method: Annotated[str, Field(pattern=r"^[A-Za-z]{1,32}$")] | None = None
    path: Annotated[Glob, Field(json_schema_extra={"pattern": PATH_PATTERN})] | None = Field(
        None, description="A glob, in which * also stands for slashes."
    )
    query: dict[str, QueryGlob] = Field(
        {}, description="Globs by the names of parameters in the query."
    )
    header: Annotated[dict[str, Glob], AfterValidator(header_names)] = Field(
        {}, description="Globs by the names of headers."
    )


class FaultRule(ControlBody):
    """A rule: for which requests, how often, and what happens to them."""

    company: CompanyName = None
    match: Match = Match()
    effect: Effect | None = None
    sequence: list[Effect | None] | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="In place of `effect`: what happens to the 1st, the 2nd... match; null is"
        " nothing. Afterwards the rule is exhausted.",
    )
    times: int | None = Field(None, ge=1, le=MOST, description="Only so many times.")
    every: int | None = Field(None, ge=1, le=MOST, description="Only every so many matches.")
    percentage: Annotated[float, Field(ge=0, le=100)] | None = Field(
        None, description="Only so many matches of a hundred, drawn from `seed`."
    )
    seed: str = Field(
        "", max_length=256, description="What is drawn is the same each time for the same seed."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.effect is None) == (self.sequence is None):
            raise wrong("must have either an effect or a sequence")
        how_often = (self.times, self.every, self.percentage)
        if self.sequence is not None and any(value is not None for value in how_often):
            raise wrong("has a sequence, which takes no times, every or percentage")
        if self.every is not None and self.percentage is not None:
            raise wrong("cannot have both every and percentage")
        return self


class ActiveRule:
    """A rule that each request is compared with.

    `exhausted` is only what this process knows: the database counts for all replicas. A rule that
    is known to be exhausted costs no further query.
    """

    def __init__(self, fault_id: str, rule: FaultRule) -> None:
        self.id = fault_id
        self.rule = rule
        self.exhausted = False
        match = rule.match
        self._method = match.method and match.method.upper()
        self._path = glob(match.path or "*")
        self._query = query_globs(match.query.items())
        self._headers = [(name.lower().encode(), glob(text)) for name, text in match.header.items()]

    def matches(self, scope: Scope) -> bool:
        """Whether the rule is for requests like this one, of any company."""
        if self._method is not None and self._method != scope["method"]:
            return False
        if not self._path.match(scope["path"]):
            return False
        if self._query and not query_matches(self._query, scope["query_string"].decode("latin-1")):
            return False
        return all(
            any(
                name == wanted and wanted_value.match(value.decode("latin-1"))
                for name, value in scope["headers"]
            )
            for wanted, wanted_value in self._headers
        )
