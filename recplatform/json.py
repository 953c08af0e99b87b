"""JSON in and out by orjson: several times faster than the standard library on long lists of scores."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from catalog.sizes import check_size

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def _plain(value: Any) -> Any:
    """What orjson leaves to us: decimals, lazy translations and DRF's error strings are written as text."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def dumps(value: Any) -> bytes:
    """UTF-8 JSON. NaN and infinities, which JSON lacks, become null."""
    return orjson.dumps(value, default=_plain, option=OPTIONS | orjson.OPT_PASSTHROUGH_SUBCLASS)


class OrjsonRenderer(BaseRenderer):
    """Answers as JSON."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "text"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else dumps(data)


class OrjsonParser(BaseParser):
    """Request bodies of JSON. The error says where the body stops being JSON."""

    media_type = "application/json"
    renderer_class = OrjsonRenderer

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        if parser_context is not None:
            check_size(parser_context["request"])
        body = stream.read()
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(
                f"The body is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno}). "
                "Send one JSON value in UTF-8; NaN and Infinity are not JSON."
            ) from error
