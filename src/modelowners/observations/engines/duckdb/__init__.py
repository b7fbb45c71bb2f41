"""Reads Parquet and CSV logs with DuckDB, on this machine."""
