"""The GPU side of Ownhand: the wire, the worker process, and everything that touches torch."""
