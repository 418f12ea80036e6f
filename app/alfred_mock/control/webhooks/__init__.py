"""The tester's side of webhooks: set one, look at its deliveries, repeat and break them."""
