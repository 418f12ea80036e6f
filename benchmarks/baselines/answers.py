"""The two answers as constants, serialised beforehand."""

_ID = "5b2a1f0e-6c1d-4c7b-9a51-0d5a4c1f9e11"
CREATED = b'{"session_id":"%b"}' % _ID.encode()
DETAIL = (
    b'{"id":"%b","creation_date":"2022-11-17T00:00:00.000",'
    b'"update_date":"2022-11-17T00:00:00.000","status":"open","user_name":"API Key 1",'
    b'"company_id":"286e2ed0-3626-4faa-a745-8ebf3488fbd7","job_id":null}'
) % _ID.encode()
