"""The smallest application with FastAPI and SQLModel: how quickly that can start."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlmodel import Field, Session, SQLModel, create_engine, select

engine = create_engine("sqlite:///hello.db")


class Hero(SQLModel, table=True):
    """The table of every SQLModel tutorial."""

    id: int | None = Field(default=None, primary_key=True)
    name: str


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make the table unless it is there."""
    SQLModel.metadata.create_all(engine)
    yield


def session() -> Iterator[Session]:
    """A session for one request."""
    with Session(engine) as opened:
        yield opened


app = FastAPI(lifespan=lifespan)


@app.get("/")
def heroes(database: Annotated[Session, Depends(session)]) -> list[Hero]:
    """Everything in the table."""
    return list(database.exec(select(Hero)).all())
