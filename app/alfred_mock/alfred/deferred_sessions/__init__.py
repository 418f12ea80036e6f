"""Deferred sessions: containers for files that are uploaded at different times for one job."""
