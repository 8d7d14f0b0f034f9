"""Pretend balances: one pan (physics) and one talker for each protocol, written from the manuals."""
