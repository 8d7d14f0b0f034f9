"""Balances: one pure codec a protocol, one driver for all of them."""
