"""The far side of the wire: pretend instruments that speak real bytes. Imports nothing of ours."""
