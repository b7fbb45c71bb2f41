"""Probes of causes that lie in the deployment category."""
