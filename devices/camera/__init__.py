"""Cameras: a picture in, and which codes it shows and whether a person could read it."""
