"""Scanners: raw characters in, and what the barcode claims out. Nothing here knows which product is wanted."""
