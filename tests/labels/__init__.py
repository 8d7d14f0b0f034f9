"""The label room's tests."""
