"""Probes of causes that lie in the interface category."""
