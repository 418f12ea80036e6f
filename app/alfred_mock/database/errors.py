"""What can go wrong with a database, in terms of no protocol; `core.errors` maps it to statuses."""


class DatabaseUnavailable(Exception):
    """The database does not answer; the same call may be made again."""


class ConstraintViolated(Exception):
    """A row would break a rule of the schema: a duplicate key, or a reference to nothing."""


class CannotStart(Exception):
    """The database cannot be used at all; the text says why."""
