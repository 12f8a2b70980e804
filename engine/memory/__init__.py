"""How much memory the work takes on a device, and what is made to fit."""
