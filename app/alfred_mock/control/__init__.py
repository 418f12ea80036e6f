"""The tester's side: what shapes the world that the imitated API shows."""
