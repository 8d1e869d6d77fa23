"""Speech: POST /v1/tts and its voices."""
