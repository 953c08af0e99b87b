"""JSON by orjson."""

import io
import math
from decimal import Decimal

import numpy as np
import pytest
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ErrorDetail, ParseError
from rest_framework.serializers import Serializer
from rest_framework.utils.serializer_helpers import ReturnDict

from recplatform.json import OrjsonParser, OrjsonRenderer


def render(value: object) -> bytes:
    return OrjsonRenderer().render(value)


def test_numbers_of_numpy_and_decimals_are_written() -> None:
    value = {"scores": np.array([1.5, 2.0], dtype=np.float32), "one": np.int64(7), "price": Decimal("9.90")}
    assert render(value) == b'{"scores":[1.5,2.0],"one":7,"price":"9.90"}'


def test_what_json_lacks_becomes_null() -> None:
    assert render([math.nan, math.inf]) == b"[null,null]"


def test_text_of_django_and_drf_is_plain_text() -> None:
    value = ReturnDict({"lazy": gettext_lazy("No"), "detail": ErrorDetail("Wrong", code="x")}, serializer=Serializer())
    assert render(value) == b'{"lazy":"No","detail":"Wrong"}'
    assert render("高端") == '"高端"'.encode()


def test_no_content_is_an_empty_body() -> None:
    assert render(None) == b""


def test_a_broken_body_is_located() -> None:
    with pytest.raises(ParseError, match=r"not valid JSON: .*line 2, column"):
        OrjsonParser().parse(io.BytesIO(b'{"a": 1,\n nonsense}'))
    assert OrjsonParser().parse(io.BytesIO(b'{"a": 1}')) == {"a": 1}
