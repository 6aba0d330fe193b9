"""Training tasks, one file per kind of network; each answers the same questions for the trainer."""
