"""Webhooks: a company's URL, its verification, and the events that are delivered to it."""
