"""The bot's own page: hands out and takes in files that are too large for Discord."""
