"""Probes of causes that lie in the world category."""
