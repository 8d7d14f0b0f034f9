"""The API for other programs, /api/v1: typed operations over the same dispatch as the screens, described by OpenAPI."""
