"""The engine process: wire, step loop, runners."""
