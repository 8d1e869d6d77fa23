"""What is sold: the model routes and the price list."""
