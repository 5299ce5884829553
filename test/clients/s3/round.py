"""round.py ENDPOINT BUCKET: every client takes the same files up, down, across and away; says what each did."""
import os, shutil, subprocess, sys, tempfile
import boto3, minio, s3fs
from boto3.s3.transfer import TransferConfig
from minio.commonconfig import CopySource
from minio.deleteobjects import DeleteObject
from pyarrow import fs

ENDPOINT, BUCKET = sys.argv[1:3]
MIB = 1 << 20
FILES = {
    "small.txt": b"one\ntwo\n",
    "empty": b"",
    "odd/a b+c&d \u00e4=%20.txt": b"odd",
    # More than one part, and not a whole number of them.
    "large": os.urandom(12 * MIB) + b"tail",
}


class Boto3:
    def __init__(self):
        self.s3 = boto3.client("s3", endpoint_url=ENDPOINT)
        self.parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)

    def up(self, folder, prefix):
        for name in FILES:
            self.s3.upload_file(f"{folder}/{name}", BUCKET, prefix + name, Config=self.parts)

    def names(self, prefix):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix, PaginationConfig={"PageSize": 2})
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def read(self, key):
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def copy(self, source, target):
        for name in FILES:
            self.s3.copy({"Bucket": BUCKET, "Key": source + name}, BUCKET, target + name, Config=self.parts)

    def remove(self, prefix):
        keys = [{"Key": key} for key in self.names(prefix)]
        assert not self.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys}).get("Errors")


PLAIN = Boto3()


class Lists:
    """For clients whose own listings say less than their tools do: what is there is looked up by boto3."""

    def names(self, prefix):
        return PLAIN.names(prefix)

    def read(self, key):
        return PLAIN.read(key)


class AwsCli(Lists):
    def run(self, *words):
        subprocess.run(["aws", "--endpoint-url", ENDPOINT, "s3", *words], check=True, stdout=subprocess.DEVNULL)

    def up(self, folder, prefix):
        self.run("sync", folder, f"s3://{BUCKET}/{prefix}")

    def copy(self, source, target):
        self.run("cp", "--recursive", f"s3://{BUCKET}/{source}", f"s3://{BUCKET}/{target}")

    def remove(self, prefix):
        self.run("rm", "--recursive", f"s3://{BUCKET}/{prefix}")


class Rclone(Lists):
    def run(self, *words):
        remote = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": ENDPOINT, "REGION": "us-east-1", "ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test"}
        environment = {f"RCLONE_CONFIG_LOCAL_{name}": value for name, value in remote.items()}
        command = ["rclone", "--s3-chunk-size", "5Mi", "--s3-upload-cutoff", "5Mi", *words]
        subprocess.run(command, check=True, env={**os.environ, **environment})

    def up(self, folder, prefix):
        self.run("copy", folder, f"local:{BUCKET}/{prefix}")
        self.run("check", folder, f"local:{BUCKET}/{prefix}")

    def copy(self, source, target):
        self.run("copy", f"local:{BUCKET}/{source}", f"local:{BUCKET}/{target}")

    def remove(self, prefix):
        self.run("purge", f"local:{BUCKET}/{prefix.rstrip('/')}")


class Pyarrow:
    def __init__(self):
        self.s3 = fs.S3FileSystem(access_key="test", secret_key="test", endpoint_override=ENDPOINT, region="us-east-1")

    def up(self, folder, prefix):
        for name, content in FILES.items():
            with self.s3.open_output_stream(f"{BUCKET}/{prefix}{name}") as stream:
                stream.write(content)

    def names(self, prefix):
        found = self.s3.get_file_info(fs.FileSelector(f"{BUCKET}/{prefix}", recursive=True, allow_not_found=True))
        return [info.path[len(BUCKET) + 1 :] for info in found if info.type == fs.FileType.File]

    def read(self, key):
        return self.s3.open_input_stream(f"{BUCKET}/{key}").read()

    def copy(self, source, target):
        for name in FILES:
            self.s3.copy_file(f"{BUCKET}/{source}{name}", f"{BUCKET}/{target}{name}")

    def remove(self, prefix):
        self.s3.delete_dir(f"{BUCKET}/{prefix}")


class S3fs:
    def __init__(self):
        self.s3 = s3fs.S3FileSystem(key="test", secret="test", client_kwargs={"endpoint_url": ENDPOINT}, use_listings_cache=False)

    def up(self, folder, prefix):
        for name in FILES:
            self.s3.put_file(f"{folder}/{name}", f"{BUCKET}/{prefix}{name}")

    def names(self, prefix):
        return [path[len(BUCKET) + 1 :] for path in self.s3.find(f"{BUCKET}/{prefix}")]

    def read(self, key):
        return self.s3.cat_file(f"{BUCKET}/{key}")

    def copy(self, source, target):
        for name in FILES:
            self.s3.copy(f"{BUCKET}/{source}{name}", f"{BUCKET}/{target}{name}")

    def remove(self, prefix):
        self.s3.rm(f"{BUCKET}/{prefix}", recursive=True)


class Minio:
    def __init__(self):
        self.s3 = minio.Minio(ENDPOINT.split("//")[1], "test", "test", secure=False)

    def up(self, folder, prefix):
        for name in FILES:
            self.s3.fput_object(BUCKET, prefix + name, f"{folder}/{name}", part_size=5 * MIB)

    def names(self, prefix):
        return [entry.object_name for entry in self.s3.list_objects(BUCKET, prefix, recursive=True)]

    def read(self, key):
        return self.s3.get_object(BUCKET, key).read()

    def copy(self, source, target):
        for name in FILES:
            self.s3.copy_object(BUCKET, target + name, CopySource(BUCKET, source + name))

    def remove(self, prefix):
        assert not list(self.s3.remove_objects(BUCKET, [DeleteObject(key) for key in self.names(prefix)]))


def go_round(name, client, folder):
    first, second = f"{name}/first/", f"{name}/second/"
    client.up(folder, first)
    client.copy(first, second)
    for prefix in (first, second):
        assert sorted(client.names(prefix)) == sorted(prefix + key for key in FILES), client.names(prefix)
        for key, content in FILES.items():
            assert client.read(prefix + key) == content, f"{prefix}{key} is not what it was"
    client.remove(first)
    assert client.names(first) == [] and len(client.names(second)) == len(FILES)
    client.remove(second)


clients = {"boto3": Boto3, "awscli": AwsCli, "pyarrow": Pyarrow, "s3fs": S3fs, "minio": Minio}
if shutil.which("rclone"):
    clients["rclone"] = Rclone
else:
    print("-- rclone: not found on the path")
failures = 0
with tempfile.TemporaryDirectory() as folder:
    for key, content in FILES.items():
        os.makedirs(os.path.dirname(f"{folder}/{key}"), exist_ok=True)
        with open(f"{folder}/{key}", "wb") as file:
            file.write(content)
    for name, make in clients.items():
        try:
            go_round(name, make(), folder)
            print(f"-- {name}: every file came back", flush=True)
        except Exception as error:
            failures += 1
            print(f"-- {name}: FAILED: {type(error).__name__}: {str(error)[:300]}", flush=True)
sys.exit(failures > 0)
