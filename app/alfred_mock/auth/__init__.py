"""Who is calling: one file per scheme, and one dependency that yields the caller."""
