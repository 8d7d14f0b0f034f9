"""Speaks bytes, knows no patients: what instruments said, with the raw bytes."""
