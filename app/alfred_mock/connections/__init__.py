"""Connections to clients, as far as asyncio and the system know them."""
