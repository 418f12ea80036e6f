"""The base of the models that describe bodies and answers."""

from pydantic import BaseModel, ConfigDict


class LateModel(BaseModel):
    """A model whose validator is built when it is first used, instead of at import.

    Not for a model that FastAPI reads a request with: FastAPI must build that itself.
    """

    model_config = ConfigDict(defer_build=True)
