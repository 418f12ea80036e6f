"""Events: what was told, how it was delivered, who listens, and telling more."""
