"""Shared words: ids, time, evidence, facets and errors; standard library only."""
