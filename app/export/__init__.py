"""What leaves the house: compounding records, tables, bundles; each is recorded before its first byte goes."""
