"""What a desk needs of the record: who has what open, who looked at it, the queue, the story in plain words, the papers."""
