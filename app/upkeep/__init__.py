"""What the program does by itself while it serves: backups, restore drills, sweeping, taking in checkpoints."""
