"""What a machine says about itself, and what that is compared with."""
