from datetime import time
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from pydantic import AfterValidator, Field, NaiveDatetime, model_validator

from recommender.plugins.contracts import PluginSettings
from recommender.plugins.registry import installed
from recommender.plugins.settings_form import clean_settings, settings_fields


class Window(PluginSettings):
    start: int = Field(0, ge=0)


class Tone(Enum):
    WARM = "warm"
    COLD = "cold"


class Kitchen(PluginSettings):
    """One setting of every shape."""

    name: str = Field(title="Name of the cook", description="Who stands at the stove")
    salt: float = Field(0.5, title="Salt", description="Grams", ge=0, le=2)
    heat: Annotated[int, Field(gt=0, lt=10)] = 3
    covered: bool = True
    pan: Literal["iron", "non-stick"] = "iron"
    tone: Tone = Tone.WARM
    spices: list[str] = Field(default_factory=lambda: ["pepper"])
    steps: tuple[int, ...] = (1, 2)
    open_from: NaiveDatetime | None = None
    lunch: time | None = None
    days: tuple[Literal["monday", "tuesday", "wednesday"], ...] = ()
    guests: tuple[Annotated[str, AfterValidator(str.title)], ...] = ()
    weights: dict[str, float] = Field(default_factory=lambda: {"cos": 0.5, "tfidf": -1.0})
    window: Window = Window()
    note: str = "none"
    guest: str | None = None
    vegan: bool | None = None
    limit: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def salt_needs_heat(self) -> "Kitchen":
        if self.salt > 1 and self.heat < 2:
            raise ValueError("much salt needs heat: lower the salt or raise the heat")
        return self


def form_class(stored: dict[str, Any] | None = None) -> type[forms.Form]:
    return type("KitchenForm", (forms.Form,), settings_fields(Kitchen, stored))


def as_posted(form: forms.Form) -> dict[str, Any]:
    """What a browser sends when the form is saved untouched."""
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items() if value is not False}


def submit(**changes: Any) -> dict[str, Any]:
    """The form posted as it stands, but for the changes; the JSON to store."""
    form = form_class()(as_posted(form_class()()) | {"name": "Anna"} | changes)
    assert form.is_valid(), form.errors
    return clean_settings(Kitchen, form.cleaned_data)


def test_titles_descriptions_and_limits_are_shown() -> None:
    fields = settings_fields(Kitchen)
    assert fields["name"].label == "Name of the cook"
    assert fields["name"].required
    assert fields["salt"].help_text == "Grams. At least 0, at most 2. Empty: 0.5."
    assert fields["heat"].help_text == "More than 0, less than 10. Empty: 3."
    assert fields["covered"].label == "Covered"
    assert list(fields) == list(Kitchen.model_fields)


def test_defaults_and_stored_values_are_shown() -> None:
    form = form_class({"salt": 1.5, "weights": {"cos": 2.0}, "spices": ["盐", "pepper"]})()
    assert form["salt"].value() == 1.5
    assert form["spices"].value() == "盐\npepper"
    assert form["weights"].value() == "cos: 2.0"
    assert form["pan"].value() == "iron"
    assert form["tone"].value() == "warm"
    assert '"start": 0' in form["window"].value()


def test_dates_times_and_several_choices_have_inputs_of_their_own() -> None:
    stored = {"open_from": "2026-12-24T08:30:00", "lunch": "12:15:30", "days": ["tuesday"]}
    form = form_class(stored)()
    assert '<input type="datetime-local" name="open_from" value="2026-12-24T08:30"' in str(form["open_from"])
    assert '<input type="time" name="lunch" value="12:15:30"' in str(form["lunch"])
    boxes = str(form["days"])
    assert boxes.count('type="checkbox"') == 3
    assert boxes.count("checked>") == 1
    assert "Wednesday" in boxes
    assert settings_fields(Kitchen)["days"].help_text == ""


def test_an_untouched_form_stores_only_what_has_no_default() -> None:
    assert submit() == {"name": "Anna"}


def test_every_shape_is_stored_as_its_own_type() -> None:
    changes = {
        "salt": "1.25",
        "heat": "7",
        "covered": "",
        "pan": "non-stick",
        "tone": "cold",
        "spices": " pepper \n\n盐, fine",
        "steps": "3\n4",
        "open_from": "2026-12-24T08:30",
        "lunch": "12:15",
        "days": ["wednesday", "monday"],
        "guests": "ben\n anna",
        "weights": "cos: 1\na:b: -2.5",
        "window": '{"start": 4}',
        "note": "",
        "guest": "Ben",
        "vegan": "False",
        "limit": "5",
    }
    assert submit(**changes) == {
        "name": "Anna",
        "salt": 1.25,
        "heat": 7,
        "covered": False,
        "pan": "non-stick",
        "tone": "cold",
        "spices": ["pepper", "盐, fine"],
        "steps": [3, 4],
        "open_from": "2026-12-24T08:30:00",
        "lunch": "12:15:00",
        "days": ["wednesday", "monday"],
        "guests": ["Ben", "Anna"],
        "weights": {"cos": 1.0, "a:b": -2.5},
        "window": {"start": 4},
        "note": "",
        "guest": "Ben",
        "vegan": False,
        "limit": 5,
    }


def test_an_empty_number_is_the_default() -> None:
    assert submit(salt="", heat="") == {"name": "Anna"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("salt", "3"),
        ("salt", "much"),
        ("pan", "glass"),
        ("days", ["sunday"]),
        ("weights", "cos 1"),
        ("weights", "cos: nan"),
        ("weights", ": 1"),
        ("window", "{"),
        ("limit", "0"),
    ],
)
def test_django_refuses_what_its_field_can_see(field: str, value: str) -> None:
    form = form_class()(as_posted(form_class()()) | {"name": "Anna", field: value})
    assert list(form.errors) == [field]


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"heat": "10"}, "heat", "less than 10"),
        ({"window": '{"start": -1}'}, "window", "start: "),
        ({"window": '{"end": 1}'}, "window", "end: "),
        ({"open_from": "tomorrow"}, "open_from", "datetime"),
        ({"lunch": "noon"}, "lunch", "time"),
        ({"steps": "one"}, "steps", "valid integer"),
        ({"salt": "1.5", "heat": "1"}, "__all__", "lower the salt"),
    ],
)
def test_errors_of_pydantic_stand_at_their_field(changes: dict[str, str], field: str, word: str) -> None:
    with pytest.raises(ValidationError) as caught:
        submit(**changes)
    assert list(caught.value.message_dict) == [field]
    assert word in caught.value.message_dict[field][0]


@pytest.mark.parametrize("key", sorted(key for key, entry in installed().items() if entry.plugin))
def test_every_installed_plugin_has_a_form_that_saves_its_defaults(key: tuple[str, str]) -> None:
    plugin = installed()[key].plugin
    assert plugin is not None
    blank = type("PluginForm", (forms.Form,), settings_fields(plugin.Settings))
    form = blank(as_posted(blank()))
    missing = {name for name, field in plugin.Settings.model_fields.items() if field.is_required()}
    assert set(form.errors) == missing
    if not missing:
        assert clean_settings(plugin.Settings, form.cleaned_data) == {}
