"""What a drawn picture carries with it."""
