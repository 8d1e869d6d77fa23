"""Speech and transcription: hold, ask, answer, settle."""
