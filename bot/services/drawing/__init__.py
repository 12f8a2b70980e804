"""What a draw is planned from: limits, words, recipes."""
