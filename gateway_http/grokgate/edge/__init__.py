"""The HTTP edge: what external clients talk to. Translates, refuses and counts; bills nothing."""
