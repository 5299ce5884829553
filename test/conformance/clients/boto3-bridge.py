"""Calls a service through boto3 for a test: one line of JSON in, one line out, in the same order.

Its arguments are the service and --endpoint with the address, or --model. The region and the key are in the environment.

With --model it prints which operations the installed boto3 knows, and the members each takes, and ends.
Bytes travel as {"$bytes": base64}, times as {"$time": milliseconds since the epoch}.
"""

import base64
import datetime
import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MILLISECOND = datetime.timedelta(milliseconds=1)


def main():
    client = boto3.client(
        sys.argv[1],
        endpoint_url=sys.argv[3] if len(sys.argv) > 3 else None,
        region_name=os.environ.get("AWS_REGION", "us-east-1"),
        # The server is to refuse what is wrong, and to be asked once.
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    if sys.argv[2] == "--model":
        model = members_by_operation(client.meta.service_model)
        print(json.dumps({"version": f"boto3 {boto3.__version__}", "model": model}))
        return
    methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
    for line in sys.stdin:
        request = json.loads(line)
        method = getattr(client, methods[request["operation"]])
        print(json.dumps(answer(method, request["input"])), flush=True)


def answer(method, encoded):
    try:
        output = method(**decode(encoded))
        output.pop("ResponseMetadata")
        if "EventStream" in output:
            output["EventStream"] = until_records(output["EventStream"])
        return {"output": encode(output)}
    except ClientError as error:
        told = error.response["Error"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"refused": {"name": told["Code"], "message": told["Message"], "status": status}}
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is to see it
        return {"failed": repr(error)}


def until_records(stream):
    """The events up to the first that has records or ends the shard."""
    events = []
    for event in stream:
        events.append(event)
        told = event["SubscribeToShardEvent"]
        if told["Records"] or told.get("ChildShards"):
            break
    stream.close()
    return events


def decode(value):
    if isinstance(value, list):
        return [decode(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$time" in value:
        return EPOCH + value["$time"] * MILLISECOND
    return {name: decode(member) for name, member in value.items()}


def encode(value):
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$time": (value - EPOCH) // MILLISECOND}
    if isinstance(value, list):
        return [encode(entry) for entry in value]
    if isinstance(value, dict):
        return {name: encode(member) for name, member in value.items()}
    return value


def members_by_operation(service):
    operations = {}
    for name in service.operation_names:
        model = service.operation_model(name)
        operations[name] = sorted(members(model.input_shape))
    return operations


def members(shape):
    if shape is None:
        return set()
    if shape.type_name == "structure":
        return set(shape.members).union(*map(members, shape.members.values()))
    if shape.type_name == "list":
        return members(shape.member)
    return set()


main()
