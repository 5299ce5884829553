"""Puts a feed, and reads its partitioned Parquet back: feed.py API S3 BUCKET HYDRANT"""

import base64
import datetime
import json
import subprocess
import sys
import time

import boto3
import duckdb
import pyarrow.dataset
import pyarrow.fs

API, S3, BUCKET, HYDRANT = sys.argv[1:]
COUNT = 5000
NAME = "feed"
START = datetime.datetime(2026, 11, 23, 22, 30)
KINDS = ["push", "fork", "watch", "issue"]
ROLE = "arn:aws:iam::000000000000:role/hydrant"
# What comes without its payload is taken for an issue once the stream is mended.
STRICT = '{kind: .payload.kind, hour: .at | sub("\\\\..*"; "Z") | fromdate | strftime("%H")}'
MENDED = STRICT.replace(".payload.kind", '(.payload.kind // "issue")')


def event(n):
    at = START + datetime.timedelta(seconds=n)
    actor = {"login": f"user-{n % 7}", "id": n * 2**40}
    payload = {"kind": KINDS[n * n % 7 % 4], "size": n % 100, "tags": [f"tag {i} é {n}" for i in range(n % 4)]}
    text = {"id": n, "at": at.isoformat() + ".000Z", "actor": {**actor, "avatar": {"url": "https://x"}}}
    if not is_broken(n):
        text["payload"] = {**payload, "ignored": [[n]]}
    return text, at


def is_broken(n):
    return n % 100 == 57


def row(n):
    """As both readers are asked to tell it."""
    text, at = event(n)
    payload = text.get("payload")
    kind = payload["kind"] if payload else "issue"
    told = {"size": payload["size"], "tags": payload["tags"]} if payload else None
    return (kind, at.strftime("%H"), n, text["actor"]["login"], text["actor"]["id"], told)


def destination(query):
    processor = {
        "Type": "MetadataExtraction",
        "Parameters": [
            {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
            {"ParameterName": "MetadataExtractionQuery", "ParameterValue": query},
        ],
    }
    return {"ProcessingConfiguration": {"Enabled": True, "Processors": [processor]}}


def create(firehose):
    firehose.create_delivery_stream(
        DeliveryStreamName=NAME,
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "Prefix": "feed/kind=!{partitionKeyFromQuery:kind}/hour=!{partitionKeyFromQuery:hour}/",
            "ErrorOutputPrefix": "broken/!{firehose:error-output-type}/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 2},
            "DynamicPartitioningConfiguration": {"Enabled": True},
            "DataFormatConversionConfiguration": {
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
                "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "analytics", "TableName": "feed"},
            },
            **destination(STRICT),
        },
    )


def put(firehose):
    for start in range(0, COUNT, 500):
        records = [{"Data": json.dumps(event(n)[0]).encode()} for n in range(start, start + 500)]
        assert firehose.put_record_batch(DeliveryStreamName=NAME, Records=records)["FailedPutCount"] == 0


def keys(s3, prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def failed_records(s3):
    """Those of error objects that are no second failure."""
    texts = [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys(s3, "broken/")]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    return [json.loads(base64.b64decode(line["rawData"]))["id"] for line in lines]


def by_pyarrow():
    host = S3.removeprefix("http://")
    files = pyarrow.fs.S3FileSystem(endpoint_override=host, scheme="http", region="us-east-1")
    names = pyarrow.schema([("kind", pyarrow.string()), ("hour", pyarrow.string())])
    table = pyarrow.dataset.dataset(
        f"{BUCKET}/feed/",
        filesystem=files,
        format="parquet",
        partitioning=pyarrow.dataset.partitioning(names, flavor="hive"),
    ).to_table()
    return [
        (r["kind"], r["hour"], r["id"], r["actor"]["login"], r["actor"]["id"], r["payload"])
        for r in table.to_pylist()
    ]


def by_duckdb(s3):
    """Over copies of the objects: its S3 client is an extension that it fetches."""
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for key in keys(s3, "feed/"):
            path = pathlib.Path(folder, key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
        return duckdb.sql(
            f"""SELECT kind, hour, id, actor.login, actor.id, payload
                FROM read_parquet('{folder}/feed/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"""
        ).fetchall()


def until(what, found):
    deadline = time.monotonic() + 120
    while not found():
        assert time.monotonic() < deadline, f"{what}: not within two minutes"
        time.sleep(1)


def check(reader, rows, expected):
    """Row for row, whatever their order."""
    by_id = lambda r: r[2]  # noqa: E731
    assert sorted(rows, key=by_id) == expected, f"{reader} reads other rows"
    print(f"partitions: {reader} reads {len(rows)} rows, each as it was put")


def main():
    firehose = boto3.client("firehose", endpoint_url=API)
    s3 = boto3.client("s3", endpoint_url=S3)
    create(firehose)
    put(firehose)
    broken = [n for n in range(COUNT) if is_broken(n)]
    good = [row(n) for n in range(COUNT) if not is_broken(n)]
    until("the feed", lambda: len(failed_records(s3)) == len(broken) and len(by_pyarrow()) == len(good))
    assert sorted(failed_records(s3)) == broken
    check("pyarrow", by_pyarrow(), good)
    check("DuckDB", by_duckdb(s3), good)

    described = firehose.describe_delivery_stream(DeliveryStreamName=NAME)["DeliveryStreamDescription"]
    firehose.update_destination(
        DeliveryStreamName=NAME,
        CurrentDeliveryStreamVersionId=described["VersionId"],
        DestinationId=described["Destinations"][0]["DestinationId"],
        ExtendedS3DestinationUpdate=destination(MENDED),
    )
    for _ in range(2):
        subprocess.run(["node", HYDRANT, "redrive", NAME, "--endpoint-url", API], check=True, timeout=120)
    everything = [row(n) for n in range(COUNT)]
    until("the redriven", lambda: len(by_pyarrow()) >= COUNT)
    check("pyarrow", by_pyarrow(), everything)
    check("DuckDB", by_duckdb(s3), everything)


main()
