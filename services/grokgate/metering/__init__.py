"""The client side of billing, shared by the rooms that sell something."""
