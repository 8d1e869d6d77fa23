"""Language models: hold, ask, answer, settle."""
