"""Speech: a text, said aloud as it is charged for."""
