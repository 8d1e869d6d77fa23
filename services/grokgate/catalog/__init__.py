"""The models that are sold and what they cost: data and arithmetic, no I/O."""
