"""What a machine says of itself, and what it is compared with."""
