"""Label printers that speak ZPL: what they say of themselves. Not here: what is printed (labels), when, and by whom."""
