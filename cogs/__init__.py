"""Discord's surface: read the input, call one service, show the result."""
