"""Jobs: what closes a session and processes its files."""
