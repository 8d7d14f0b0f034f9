"""Every side effect: the record, the stations, the people, the screens."""
