"""Images: generated, or drawn upon others."""
