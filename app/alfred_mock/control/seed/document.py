"""The format of a seed document.

Everything is checked before anything is loaded: an unknown key, a bad value, an id given twice or
a name that stands for nothing refuses the whole document, naming the place in it.
"""

from itertools import chain
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.consistency import problems_of
from alfred_mock.control.seed.problems import Problem
from alfred_mock.control.seed.uniqueness import foreign_jobs, given_twice
from alfred_mock.control.seed.values import Part

INCONSISTENT = "inconsistent"
"""The type of the error that has all problems of a document in its context, as `problems`."""


class SeedDocument(Part):
    """The whole document."""

    companies: list[CompanySeed] = Field([])

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems: list[Problem] = [
            *given_twice(self.companies),
            *foreign_jobs(self.companies),
            *chain.from_iterable(
                (problem.within("companies", index) for problem in problems_of(company))
                for index, company in enumerate(self.companies)
            ),
        ]
        if problems:
            reasons = "; ".join(problem.reason for problem in problems)
            raise PydanticCustomError(
                INCONSISTENT, "{reasons}", {"reasons": reasons, "problems": problems}
            )
        return self
