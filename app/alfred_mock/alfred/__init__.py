"""The imitated API: a folder or file per page of Alfred's documentation."""
