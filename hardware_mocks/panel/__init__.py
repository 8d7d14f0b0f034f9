"""The station's front panel: a page on 127.0.0.1 to do by hand, or by a test, what people and accidents do to instruments."""
