"""Django form fields from a plugin's pydantic settings: the admin's form of a configuration.

Titles become labels, descriptions and limits help texts and validators, defaults initial values. Flags, numbers, texts,
choices (one or several), dates with a time, times of day, lists of texts (one a line) and tables of numbers (`name:
number`, one a line) have fields of their own; what is nested deeper is JSON in a text area. pydantic has the last word:
`clean_settings` maps its errors to the fields.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as FormError
from django.utils.translation import get_language, gettext, gettext_lazy
from pydantic import NaiveDatetime, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from recommender.plugins.contracts import PluginSettings


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class MomentInput(UnfoldAdminTextInputWidget):
    """The browser's own choice of a date and a time."""

    input_type = "datetime-local"


class TimeOfDayInput(UnfoldAdminTextInputWidget):
    """The browser's own choice of a time."""

    input_type = "time"


class MinutesField(forms.CharField):
    """A date with a time, or a time, as ISO 8601 writes it: to the minute where there are no seconds.

    Django's own fields would move a date into the time zone of the server; here it is one of the rule's.
    """

    def prepare_value(self, value: Any) -> Any:
        return value.removesuffix(":00") if isinstance(value, str) and value.count(":") == 2 else value


class SomeOf(UnfoldAdminCheckboxSelectMultipleWidget):
    """Check boxes side by side, as many as the width holds."""

    template_name = "recommender/admin/checkboxes.html"


class NumberTableField(forms.CharField):
    """Named numbers, `name: number`, one a line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{name}: {number}" for name, number in value.items()) if isinstance(value, Mapping) else value

    def to_python(self, value: Any) -> Any:
        table: dict[str, float] = {}
        for line in filter(None, map(str.strip, (value or "").splitlines())):
            name, _, number = (part.strip() for part in line.rpartition(":"))
            if not name or not _is_finite(number):
                said = gettext("“%(line)s” is not understood: write each line as name: number, such as cos: 0.5.")
                raise FormError(said % {"line": line})
            table[name] = float(number)
        return table


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


class IndentedJSONField(forms.JSONField):
    """JSON that a person reads: indented, Chinese as Chinese."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


COLLECTIONS = (list, tuple, set, frozenset)


@dataclass(frozen=True)
class _Shape:
    """What a setting's annotation says, unwrapped."""

    type: Any
    optional: bool


def settings_fields(settings: type[PluginSettings], stored: Mapping[str, Any] | None = None) -> dict[str, forms.Field]:
    """A field per setting, in the order they are declared; `stored` values stand before the defaults."""
    known = stored or {}
    return {name: _field(name, info, known) for name, info in settings.model_fields.items()}


def clean_settings(settings: type[PluginSettings], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON to store: what differs from the defaults, so that a plugin's better default reaches old configurations.

    `cleaned` are the values of `settings_fields`. Raises Django's ValidationError with the messages of each field.
    """
    given = {name: value for name, value in cleaned.items() if not _left_empty(value, settings.model_fields[name])}
    try:
        values = settings.model_validate(given)
    except ValidationError as error:
        raise FormError(settings_errors(error, settings)) from error
    stored: dict[str, Any] = values.model_dump(mode="json", exclude_defaults=True)
    return stored


def settings_errors(error: ValidationError, settings: type[PluginSettings]) -> dict[str, list[str]]:
    """pydantic's messages by field; what belongs to no single field is under Django's `__all__`."""
    found: dict[str, list[str]] = {}
    for problem in error.errors():
        name, *path = [str(part) for part in problem["loc"]] or [NON_FIELD_ERRORS]
        message = problem["msg"].removeprefix("Value error, ")
        if path:
            message = f"{'.'.join(path)}: {message}"
        if name not in settings.model_fields and name != NON_FIELD_ERRORS:
            name, message = NON_FIELD_ERRORS, f"{name}: {message}"
        found.setdefault(name, []).append(message)
    return found


def _left_empty(value: Any, info: FieldInfo) -> bool:
    """An empty field stands for the default, except where the emptiness is itself a value of that type."""
    if value is None or value == "":
        shape = _shape(info.annotation)
        return not (value == "" and shape.type is str and not shape.optional)
    return False


def title_of(name: str, info: FieldInfo) -> str:
    """What the setting is called, in English."""
    return info.title or name.replace("_", " ").capitalize()


def _field(name: str, info: FieldInfo, stored: Mapping[str, Any]) -> forms.Field:
    shape = _shape(info.annotation)
    default = info.get_default(call_default_factory=True, validated_data={})
    has_default = default is not PydanticUndefined
    initial = stored[name] if name in stored else _as_json(default) if has_default else None
    field = _field_class(shape, info)(
        label=gettext(title_of(name, info)),
        help_text=_help(info, shape, default if has_default else None),
        initial=initial,
        required=not has_default and not shape.optional and shape.type is not bool,
    )
    if isinstance(field.widget, forms.Textarea):
        text = field.prepare_value(initial)
        field.widget.attrs["rows"] = min(max(str(text or "").count("\n") + 2, 3), 24)
    return field


def _field_class(shape: _Shape, info: FieldInfo) -> Callable[..., forms.Field]:
    """The field that suits the type."""
    kind, origin, arguments = shape.type, get_origin(shape.type), get_args(shape.type)
    if kind is bool and shape.optional:
        return lambda **options: _choice((True, False), shape, **options)
    if kind is bool:
        return lambda **options: forms.BooleanField(widget=UnfoldBooleanSwitchWidget(), **options)
    if kind is int or kind is float:
        return lambda **options: _number(kind, info, **options)
    if kind is str:
        return lambda **options: forms.CharField(widget=UnfoldAdminTextInputWidget(), **options)
    if origin is Literal or (isinstance(kind, type) and issubclass(kind, Enum)):
        choices = arguments if origin is Literal else tuple(member.value for member in kind)
        return lambda **options: _choice(choices, shape, **options)
    if kind is NaiveDatetime or kind is time:
        widget = MomentInput if kind is NaiveDatetime else TimeOfDayInput
        return lambda **options: MinutesField(widget=widget(), **options)
    if origin in COLLECTIONS and (choices := _elements_choices(shape)):
        return lambda **options: _choices(choices, **options)
    if origin in COLLECTIONS and _are_lines(arguments):
        return LinesField
    if origin is dict and arguments in ((str, float), (str, int)):
        return NumberTableField
    return IndentedJSONField


def _number(kind: type, info: FieldInfo, **options: Any) -> forms.Field:
    """A number with the limits that HTML and Django know; pydantic checks the strict ones."""
    limits: dict[str, Any] = {}
    for rule in info.metadata:
        if isinstance(rule, Ge):
            limits["min_value"] = rule.ge
        elif isinstance(rule, Le):
            limits["max_value"] = rule.le
    field = forms.IntegerField if kind is int else forms.FloatField
    widget = UnfoldAdminDecimalFieldWidget({"step": "1" if kind is int else "any"})
    return field(widget=widget, **limits, **options)


def _choice(values: Sequence[Any], shape: _Shape, **options: Any) -> forms.Field:
    empty = [("", "—")] if shape.optional or options["required"] else []
    labels = [(value, _label(value)) for value in values]
    by_text = {str(value): value for value in values}
    return forms.TypedChoiceField(
        choices=empty + labels,
        coerce=by_text.__getitem__,
        empty_value=None,
        widget=UnfoldAdminSelectWidget(),
        **options,
    )


def _choices(values: Sequence[Any], **options: Any) -> forms.Field:
    """Any number of them."""
    by_text = {str(value): value for value in values}
    return forms.TypedMultipleChoiceField(
        choices=[(value, _label(value)) for value in values],
        coerce=by_text.__getitem__,
        empty_value=[],
        widget=SomeOf(),
        **options,
    )


def _label(value: Any) -> str:
    return gettext(label_of(value))


def label_of(value: Any) -> str:
    """What a choice is called, in English."""
    return str(value).replace("_", " ").replace("-", " ").capitalize()


def _elements_choices(shape: _Shape) -> tuple[Any, ...]:
    """What the elements of a collection are chosen from; nothing where they are free."""
    elements = [_shape(one).type for one in get_args(shape.type) if one is not ...]
    return get_args(elements[0]) if len(elements) == 1 and get_origin(elements[0]) is Literal else ()


def _are_lines(elements: Sequence[Any]) -> bool:
    """Whether the elements are texts or whole numbers, with whatever pydantic checks of them."""
    return all(one is ... or _shape(one).type in (str, int) for one in elements)


def _shape(annotation: Any) -> _Shape:
    """The type without Annotated and without None."""
    if get_origin(annotation) is Annotated:
        return _shape(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        parts = [part for part in get_args(annotation) if part is not NoneType]
        if len(parts) < len(get_args(annotation)):
            return _Shape(_shape(parts[0]).type if len(parts) == 1 else Any, optional=True)
    return _Shape(annotation, optional=False)


def _help(info: FieldInfo, shape: _Shape, default: Any) -> str:
    """The description, the limits, how to write the value, and what an empty field means."""
    parts = [gettext(info.description) if info.description else "", _limits(info)]
    origin, arguments = get_origin(shape.type), get_args(shape.type)
    if origin in COLLECTIONS and not _elements_choices(shape):
        parts.append(gettext("One a line.") if _are_lines(arguments) else gettext("A JSON list."))
    elif origin is dict:
        table = arguments in ((str, float), (str, int))
        parts.append(gettext("One a line, as name: number.") if table else gettext("A JSON object."))
    if shape.type in (int, float) and default is not None:
        parts.append(gettext("Empty: %(default)s.") % {"default": default})
    between, stop = ("", "。") if (get_language() or "").startswith("zh") else (" ", ".")
    return between.join(part if part.endswith((".", "?", "!", "。")) else part + stop for part in parts if part)


LIMITS = (
    (Ge, "ge", gettext_lazy("at least %(limit)s")),
    (Gt, "gt", gettext_lazy("more than %(limit)s")),
    (Le, "le", gettext_lazy("at most %(limit)s")),
    (Lt, "lt", gettext_lazy("less than %(limit)s")),
)


def _limits(info: FieldInfo) -> str:
    words = [
        str(word) % {"limit": getattr(rule, attribute)}
        for rule in info.metadata
        for kind, attribute, word in LIMITS
        if isinstance(rule, kind)
    ]
    return ", ".join(words).capitalize()


def _as_json(value: Any) -> Any:
    """A default as the stored JSON would have it."""
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return sorted(value) if isinstance(value, set | frozenset) else value
