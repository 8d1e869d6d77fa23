"""What every service stands on. Knows no Grok, no model and no price."""
