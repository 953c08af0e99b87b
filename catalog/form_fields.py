"""Form fields of the admin that a person can read and write: lists one a line, JSON indented."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget


class LinesField(SimpleArrayField):
    """A list of texts, one a line: a comma may be part of a text."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, base_field: forms.Field, **options: Any) -> None:
        super().__init__(base_field, delimiter="\n", **options)
        self.widget.attrs["rows"] = 4
        self.help_text = self.help_text or "One a line."

    def to_python(self, value: Any) -> Any:
        lines = value.splitlines() if isinstance(value, str) else value or []
        return super().to_python("\n".join(line.strip() for line in lines if line.strip()))


class JSONObjectField(forms.JSONField):
    """A JSON object, indented, Chinese as Chinese. An empty field is an empty object."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.help_text = self.help_text or 'A JSON object, such as {"brand": "Anna & Ben", "year": 2024}.'

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value or {}, ensure_ascii=False, indent=2)

    def to_python(self, value: Any) -> Any:
        found = super().to_python(value)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise ValidationError("Write a JSON object: names and values between { and }.")
        try:
            text = json.dumps(found, allow_nan=False)
        except ValueError:
            raise ValidationError("NaN and Infinity are no JSON numbers: leave such a value out.") from None
        if "\\u0000" in text:
            raise ValidationError("A text holds the character NUL, which the database cannot keep: take it out.")
        return found
