"""A style's file on its way to its artist and to the host."""
