"""The flow with the client of openapi-generator's `python`: URL, key."""

import sys

from openapi_client import ApiClient, Configuration, JobCreate
from openapi_client.api import DeferredSessionApi, FileApi, JobApi, MetadataValuesApi

url, key = sys.argv[1:]
with ApiClient(Configuration(host=url, api_key={"ApiKey": key})) as client:
    sessions, files, jobs = DeferredSessionApi(client), FileApi(client), JobApi(client)
    session_id = sessions.deferred_session_create().session_id
    assert sessions.deferred_session_detail(session_id).job_id is None
    file_id = files.file_uploadfile(session_id, ("a.txt", b"content")).file_id
    job_id = jobs.job_create(JobCreate(session_id=session_id)).job_id
    assert jobs.job_detail(job_id).stage == "completed"
    assert sessions.deferred_session_detail(session_id).job_id == job_id
    assert files.file_detail(file_id).file_name == "a.txt"
    assert bytes(files.file_download(file_id)) == b"content"
    MetadataValuesApi(client).metadata_values_values_of_file(file_id)
print("flow done")
