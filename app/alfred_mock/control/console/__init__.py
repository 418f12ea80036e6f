"""The console: pages on which a tester sees what happens, and bends it."""
