"""Films: /v1/videos."""
