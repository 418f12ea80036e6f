"""Uploads from remote sources: each makes a job of its own."""
