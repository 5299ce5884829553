"""tables.py make|appended|changed CATALOG S3_ENDPOINT: makes the tables, and says as JSON what readers find in them."""
import json
import sys

from pyiceberg.catalog import load_catalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, DayTransform
from pyiceberg.types import (
    DecimalType,
    ListType,
    LongType,
    NestedField,
    StringType,
    StructType,
    TimestamptzType,
    UUIDType,
)

deed, uri, s3 = sys.argv[1:4]


def catalog():
    return load_catalog(
        "lake",
        type="rest",
        uri=uri,
        **{
            "s3.endpoint": s3,
            "s3.access-key-id": "test",
            "s3.secret-access-key": "test",
            "s3.region": "us-east-1",
            "s3.path-style-access": "true",
        },
    )


def make():
    schema = Schema(
        NestedField(1, "id", LongType(), required=True),
        NestedField(2, "name", StringType()),
        NestedField(3, "at", TimestamptzType()),
        NestedField(4, "price", DecimalType(12, 3)),
        NestedField(5, "uid", UUIDType()),
        NestedField(6, "tags", ListType(7, StringType(), element_required=False)),
        NestedField(8, "who", StructType(NestedField(9, "age", LongType()))),
        identifier_field_ids=[1],
    )
    spec = PartitionSpec(
        PartitionField(3, 1000, DayTransform(), "day"),
        PartitionField(1, 1001, BucketTransform(4), "bucket"),
    )
    lake = catalog()
    lake.create_namespace("db")
    for name in ("appended", "changed"):
        lake.create_table(f"db.{name}", schema, partition_spec=spec, properties={"format-version": "2"})


def appended():
    """By PyIceberg, row by row."""
    table = catalog().load_table("db.appended")
    rows = table.scan().to_arrow().sort_by("id").to_pylist()
    flushes = [s.summary.additional_properties.get("hydrant.flush-id") for s in table.snapshots()]
    day = table.scan(row_filter="at >= '2026-11-02T00:00:00+00:00' and at < '2026-11-03T00:00:00+00:00'")
    print(
        json.dumps(
            {
                "rows": [[r["id"], r["name"], str(r["price"]), str(r["uid"]), r["tags"], r["who"]["age"]] for r in rows],
                "flushes": len(flushes),
                "differentFlushes": len(set(flushes)),
                "ofOneDay": day.to_arrow().num_rows,
            }
        )
    )


def changed():
    """By DuckDB, which knows equality deletes."""
    import duckdb
    from duckdb_extensions import import_extension

    connection = duckdb.connect()
    for name in ("httpfs", "avro", "iceberg"):
        import_extension(name)
        connection.execute(f"LOAD {name}")
    host = s3.removeprefix("http://")
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID 'test', SECRET 'test', REGION 'us-east-1', ENDPOINT '{host}', URL_STYLE 'path', USE_SSL false)"
    )
    connection.execute(f"ATTACH 'lake' AS lake (TYPE iceberg, ENDPOINT '{uri}', AUTHORIZATION_TYPE 'none')")
    rows = connection.execute("SELECT id, name FROM lake.db.changed ORDER BY id, name").fetchall()
    print(json.dumps({"rows": rows}))


{"make": make, "appended": appended, "changed": changed}[deed]()
