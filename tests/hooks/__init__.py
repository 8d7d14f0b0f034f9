"""Webhooks, held against a receiver that shares no code with them."""
