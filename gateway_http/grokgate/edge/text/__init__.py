"""Text: the Responses and Chat Completions routes, streamed or whole."""
