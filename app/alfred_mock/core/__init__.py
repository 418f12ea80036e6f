"""What knows nothing of Alfred: settings, database, clock, ids, errors, wire formats."""
