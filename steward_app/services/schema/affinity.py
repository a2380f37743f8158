"""The affinity of a column by its declared type."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1_000)
def affinity(declared_type: str, *, strict: bool = False) -> str:
    """The affinity of a declared type: https://www.sqlite.org/datatype3.html#determination_of_column_affinity"""
    upper = declared_type.upper()
    if "INT" in upper:
        return "INTEGER"
    if "CHAR" in upper or "CLOB" in upper or "TEXT" in upper:
        return "TEXT"
    if "BLOB" in upper or not upper or (strict and upper == "ANY"):
        return "BLOB"
    if "REAL" in upper or "FLOA" in upper or "DOUB" in upper:
        return "REAL"
    return "NUMERIC"
