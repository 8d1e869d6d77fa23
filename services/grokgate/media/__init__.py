"""Images and videos: hold, ask, answer, settle."""
