"""What a key may do and has spent: its own record, its balance and its usage."""
