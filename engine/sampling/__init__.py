"""Sampling as pure functions: sigmas, samplers, noise, guidance."""
