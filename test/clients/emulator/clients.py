"""Puts and reads as boto3 does, at the endpoint that is given; prints what came back, and raises what went wrong."""
import socket
import sys
import time

import boto3

endpoint, stream, bucket, key, secret = sys.argv[1:]

# Names under localhost are this machine, whatever its resolver thinks of them.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve(
    "127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more
)


def client(service):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


kinesis = client("kinesis")
put = kinesis.put_records(
    StreamName=stream,
    Records=[{"Data": f"{n}".encode(), "PartitionKey": "k"} for n in range(100)],
)
assert put["FailedRecordCount"] == 0, put
iterator = kinesis.get_shard_iterator(
    StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
)["ShardIterator"]
texts = [record["Data"].decode() for record in kinesis.get_records(ShardIterator=iterator)["Records"]]
assert texts[-100:] == [str(n) for n in range(100)], texts
print(f"boto3 {boto3.__version__}: put and read {len(texts)} records")

firehose = client("firehose")
firehose.create_delivery_stream(
    DeliveryStreamName=stream,
    ExtendedS3DestinationConfiguration={
        "BucketARN": f"arn:aws:s3:::{bucket}",
        "RoleARN": "arn:aws:iam::000000000000:role/hydrant",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1},
    },
)
firehose.put_record(DeliveryStreamName=stream, Record={"Data": b"a line\n"})
s3 = boto3.client("s3")
deadline = time.monotonic() + 120
while True:
    objects = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    if objects:
        break
    assert time.monotonic() < deadline, "nothing was delivered"
    time.sleep(1)
body = s3.get_object(Bucket=bucket, Key=objects[0]["Key"])["Body"].read()
assert body == b"a line\n", body
print(f"boto3 {boto3.__version__}: delivered {objects[0]['Key']}")
