"""Files: uploaded into a session, looked at, downloaded."""
