"""The API described: the OpenAPI document, and its page for people."""
