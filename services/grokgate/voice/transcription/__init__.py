"""Transcription: audio, written down and charged by its length."""
