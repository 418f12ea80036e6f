"""The flow with the client of openapi-python-client: URL, key."""

import sys
from io import BytesIO

from alfred_client import AuthenticatedClient
from alfred_client.api.deferred_session import deferred_session_create, deferred_session_detail
from alfred_client.api.file import file_detail, file_download, file_uploadfile
from alfred_client.api.job import job_create, job_detail
from alfred_client.models import FileUpload, JobCreate
from alfred_client.types import File

url, key = sys.argv[1:]
client = AuthenticatedClient(url, key, prefix="", auth_header_name="X-TagshelfAPI-Key")
session_id = deferred_session_create.sync(client=client).session_id
assert deferred_session_detail.sync(session_id, client=client).job_id is None
content = File(BytesIO(b"content"), "a.txt", "text/plain")
uploaded = file_uploadfile.sync(client=client, body=FileUpload(session_id, content))
created = job_create.sync(client=client, body=JobCreate(session_id=session_id))
assert job_detail.sync(created.job_id, client=client).stage == "completed"
assert file_detail.sync(uploaded.file_id, client=client).file_name == "a.txt"
assert file_download.sync(uploaded.file_id, client=client).payload.read() == b"content"
print("flow done")
