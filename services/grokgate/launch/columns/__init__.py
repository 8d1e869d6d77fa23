"""How things look in an operator's tables."""
