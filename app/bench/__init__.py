"""What the program costs, each figure beside a bare baseline in the same run: ratios, never promises (RECORD 4)."""
