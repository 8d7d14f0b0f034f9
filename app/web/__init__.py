"""The web: one blueprint a screen. A view reads a request into a command and draws the answer; no medicine is decided here."""
