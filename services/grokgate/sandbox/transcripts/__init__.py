"""Transcripts: POST /v1/stt."""
