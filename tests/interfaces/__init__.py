"""Orders from other systems."""
