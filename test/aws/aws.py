"""One call of an AWS service through boto3: service, method and input as JSON in the arguments, the output as JSON out."""
import json
import sys

import boto3

service, method, given = sys.argv[1:]
output = getattr(boto3.client(service), method)(**json.loads(given))
output.pop("ResponseMetadata", None)
print(json.dumps(output, default=str))
