"""People: accounts, roles, badges, PINs, sign-in sessions, signatures, competencies."""
