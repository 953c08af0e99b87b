"""A server on this machine that speaks S3, for tests of the model store: real requests, no account needed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def s3_server(bucket: str) -> Iterator[str]:
    """Its address, while it runs with one empty bucket; skips where what it needs is not installed."""
    if not all(importlib.util.find_spec(name) for name in ("boto3", "moto", "flask")):
        pytest.skip("boto3, moto or flask is not installed: pip install -r requirements-dev.txt")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket=bucket)
        yield address
    finally:
        server.stop()
