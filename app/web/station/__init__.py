"""The technician's terminal: worklist, one preparation step by step, the gates before it, and what needs a second person."""
