"""What a client does with a session, from its beginning to its end."""

from typing import Any

import httpx

FILE_NAME, CONTENT = "Contrato con Ana.txt", b"Ana is the canary of this file."
METADATA = '{"cliente": "Ana"}'


async def life(client: httpx.AsyncClient) -> dict[str, str]:
    """A session, a file, a job and all that can be read of them; returns the ids."""
    session: Any = (await client.post("/api/deferred/create")).json()
    await client.get(f"/api/deferred/detail/{session['session_id']}")
    uploaded = await client.post(
        "/api/file/uploadfile",
        data={**session, "metadata": METADATA},
        files={"file": (FILE_NAME, CONTENT, "text/plain")},
    )
    file_id = uploaded.json()["file_id"]
    await client.get(f"/api/file/detail/{file_id}")
    job: Any = (await client.post("/api/job/create", json=session)).json()
    for path in (
        f"/api/job/detail/{job['job_id']}",
        f"/api/deferred/detail/{session['session_id']}",
        f"/api/file/detail/{file_id}",
        f"/api/values/file/{file_id}",
        f"/api/file/download/{file_id}",
        "/api/tag/all",
        "/api/job/all",
        "/api/tagshelf/who-am-i",
    ):
        (await client.get(path)).raise_for_status()
    return {**session, **job, "file_id": file_id}
