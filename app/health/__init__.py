"""Is it fit to work? What is looked at, what it means in words, and what to do about it."""
