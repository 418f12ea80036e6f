"""FastAPI as its tutorial writes it: endpoints that return a dict, declared with a model."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

_ID = "5b2a1f0e-6c1d-4c7b-9a51-0d5a4c1f9e11"


class Created(BaseModel):
    """What create answers."""

    session_id: str


class Session(BaseModel):
    """What detail answers."""

    id: str
    creation_date: str
    update_date: str
    status: str
    user_name: str
    company_id: str
    job_id: str | None


app = FastAPI()


@app.post("/api/deferred/create", response_model=Created)
async def create() -> dict[str, str]:
    """Answer as if a session had been created."""
    return {"session_id": _ID}


@app.get("/api/deferred/detail/{session}", response_model=Session)
async def detail(session: str) -> dict[str, Any]:
    """Answer the same session for every id."""
    return {
        "id": _ID,
        "creation_date": "2022-11-17T00:00:00.000",
        "update_date": "2022-11-17T00:00:00.000",
        "status": "open",
        "user_name": "API Key 1",
        "company_id": "286e2ed0-3626-4faa-a745-8ebf3488fbd7",
        "job_id": None,
    }
