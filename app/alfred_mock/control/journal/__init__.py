"""The journal: what was asked, by whom, and what was answered."""
