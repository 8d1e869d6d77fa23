"""The only room that knows api.x.ai's wire."""
