"""Webhooks: who is told by HTTP what becomes of a preparation, signed, in order, for as long as it takes."""
