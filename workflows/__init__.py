"""Judges: what may be done and what was done. Pure functions over frozen values."""
