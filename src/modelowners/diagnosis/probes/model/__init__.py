"""Probes of causes that lie in the model category."""
