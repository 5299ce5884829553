"""Reads the Parquet files of a folder with pyarrow and DuckDB, and compares every value with expected.ndjson."""

import datetime
import decimal
import json
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

EPOCH = datetime.datetime(1970, 1, 1)
EPOCH_DAY = datetime.date(1970, 1, 1)


def told(value, kind):
    """A value in the spelling of expected.ndjson; `kind` is its Arrow type."""
    if value is None:
        return None
    if pa.types.is_list(kind):
        return [told(element, kind.value_type) for element in value]
    if pa.types.is_map(kind):
        pairs = value.items() if isinstance(value, dict) else value
        return [[told(k, kind.key_type), told(v, kind.item_type)] for k, v in pairs]
    if pa.types.is_struct(kind):
        return [told(value[field.name], field.type) for field in kind]
    if pa.types.is_int64(kind):
        return str(value)
    if pa.types.is_decimal(kind):
        # Every digit, and no exponent.
        return format(decimal.Decimal(value), "f")
    if pa.types.is_timestamp(kind):
        return str((value.replace(tzinfo=None) - EPOCH) // datetime.timedelta(microseconds=1))
    if pa.types.is_date(kind):
        return (value - EPOCH_DAY).days
    if pa.types.is_binary(kind):
        return bytes(value).hex()
    return value


def rows_of(table, kinds):
    columns = [column.to_pylist() for column in table.columns]
    return [[told(value, kind) for value, kind in zip(row, kinds)] for row in zip(*columns)]


def compare(name, expected, rows):
    if len(rows) != len(expected):
        sys.exit(f"{name}: {len(rows)} rows, not {len(expected)}")
    for i, (row, wanted) in enumerate(zip(rows, expected)):
        if row != wanted:
            column = next(c for c in range(len(row)) if row[c] != wanted[c])
            sys.exit(f"{name}: row {i}, column {column}: {row[column]!r}, not {wanted[column]!r}")


def main(folder):
    expected = [json.loads(line) for line in (folder / "expected.ndjson").open()]
    engine = duckdb.connect()
    engine.execute("set timezone = 'UTC'")
    for file in sorted(folder.glob("*.parquet")):
        meta = pq.ParquetFile(file).metadata
        table = pq.read_table(file)
        kinds = [field.type for field in table.schema]
        compare(f"{file.name} by pyarrow", expected, rows_of(table, kinds))
        result = engine.execute(f"select * from read_parquet('{file}')")
        read = [
            [told(value, kind) for value, kind in zip(row, kinds)] for row in result.fetchall()
        ]
        compare(f"{file.name} by DuckDB", expected, read)
        print(f"{file.name}: {meta.num_rows} rows in {meta.num_row_groups} groups, all values equal")


main(Path(sys.argv[1]))
