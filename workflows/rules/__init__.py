"""The rules of the craft: each a frozen value with its sentence, its check, and who (if anyone) may accept its finding."""
