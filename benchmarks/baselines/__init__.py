"""Small programs of our own that show what the framework and the drivers cost by themselves."""
