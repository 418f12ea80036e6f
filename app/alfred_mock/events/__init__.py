"""What Alfred tells: events, and the ways on which they reach whoever listens."""
