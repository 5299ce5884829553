"""Puts and reads as boto3 does, at the endpoint that is given; prints what came back, and raises what went wrong."""
import json
import socket
import sys
import time

import boto3

endpoint, stage, stream, bucket, key, secret = sys.argv[1:]

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


def eventually(what, probe, seconds=120):
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"gave up waiting until {what}"
        time.sleep(0.3)


def delivered():
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return b"".join(s3.get_object(Bucket=bucket, Key=each)["Body"].read() for each in keys).decode().splitlines()


assert eventually("the line is delivered", delivered) == ["a line"]
print(f"boto3 {boto3.__version__}: delivered a line")

# Lanes: others seem to put tens of megabytes every moment, so the api function opens more, with the rights of its role,
# and the deliver function serves them with its own. Closing them takes the sweep minutes, and the emulator answers no
# call of that function: test/contract/lane-roles.test.ts has its rights.
state_table = f"hydrant-{stage}-state"
dynamodb = boto3.client("dynamodb")
item_key = {"pk": {"S": f"delivery-stream#{stream}"}, "sk": {"S": "delivery-stream"}}


def standing():
    return json.loads(dynamodb.get_item(TableName=state_table, Key=item_key, ConsistentRead=True)["Item"]["stream"]["S"])


def others_put():
    at = standing()
    for lane in at["lanes"]["open"]:
        counter = f"counter#firehose/{stream}/{at['generation']}/{lane:04}"
        dynamodb.update_item(
            TableName=state_table,
            Key={"pk": {"S": counter}, "sk": {"S": "counter"}},
            UpdateExpression="ADD bytes :bytes",
            ExpressionAttributeValues={":bytes": {"N": "50000000"}},
        )


lines = ["a line"]


def put():
    lines.append(f"line {len(lines)}")
    firehose.put_record(DeliveryStreamName=stream, Record={"Data": f"{lines[-1]}\n".encode()})


def several_lanes():
    put()
    others_put()
    return len(standing()["lanes"]["open"]) > 1


eventually("there are several lanes", several_lanes)
for _ in range(40):
    put()
eventually("everything is delivered", lambda: len(delivered()) >= len(lines))
assert sorted(delivered()) == sorted(lines), sorted(set(lines) ^ set(delivered()))
count = len(standing()["lanes"]["open"])
print(f"boto3 {boto3.__version__}: {count} lanes were opened, and {len(lines)} lines delivered once each")
