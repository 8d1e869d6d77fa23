"""Videos: durable jobs, from the order to the settled end."""
