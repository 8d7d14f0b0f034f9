"""Which instruments stand at which station, in what state they are, and how a reading becomes evidence."""
