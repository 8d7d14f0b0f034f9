"""Draws labels; knows no database and no printer."""
