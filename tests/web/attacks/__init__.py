"""Attacks over HTTP, each a function that returns the answers it got; `test_attacks` judges them."""
