"""A stand-in xAI on a real port, for demos and tests. Knows nothing of the gateway's catalogue."""
