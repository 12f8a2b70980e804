"""LoRA files from elsewhere: what their names mean, and how they become files of ours."""
