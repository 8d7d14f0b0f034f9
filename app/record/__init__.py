"""The record room: an append-only log of events, what is projected from it, means to check both. No medicine here."""
