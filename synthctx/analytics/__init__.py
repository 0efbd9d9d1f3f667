"""What the results say: DuckDB views, statistics, the report."""

from synthctx.analytics.connect import connect

__all__ = ["connect"]
