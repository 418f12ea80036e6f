"""What a job goes through and what comes of it; nothing here knows of HTTP."""
