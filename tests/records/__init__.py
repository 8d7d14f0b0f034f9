"""Real logs of each release. Every one must replay for ever (Q11): a folder is added with a release and never changed."""
