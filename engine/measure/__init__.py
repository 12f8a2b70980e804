"""Read what a style and a drawing's care look like from pictures alone; torch-free."""
