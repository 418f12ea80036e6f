"""FastAPI at its quickest: asynchronous endpoints that return a response made beforehand."""

from fastapi import FastAPI
from fastapi.responses import Response

from benchmarks.baselines.answers import CREATED, DETAIL

app = FastAPI()


@app.post("/api/deferred/create")
async def create() -> Response:
    """Answer as if a session had been created."""
    return Response(CREATED, media_type="application/json")


@app.get("/api/deferred/detail/{session}")
async def detail(session: str) -> Response:
    """Answer the same session for every id."""
    return Response(DETAIL, media_type="application/json")
