"""The two forms of the wizard: the upload, and what each column is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from catalog.exceptions import FileError
from catalog.models import ImportRun
from catalog.wizard.kinds import ATTRIBUTES, LISTS, ImportKind
from catalog.wizard.mapping import ATTRIBUTE, LEFT_OUT, LIST_SEPARATORS, Mapping
from catalog.wizard.reading import CSV, ENCODINGS, EXCEL, SEPARATORS, SUFFIXES, Reading
from catalog.wizard.samples import Sample
from catalog.wizard.uploads import look_at

ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "gb18030": "GB18030, GBK",
    "windows-1252": "Windows-1252",
}
SEPARATOR_NAMES = {",": _("Comma ,"), ";": _("Semicolon ;"), "\t": _("Tab")}
SIGN_NAMES = {
    "|": _("Bar |"),
    ";": _("Semicolon ;"),
    ",": _("Comma ,"),
    "、": _("Ideographic comma 、"),
    ">": _("Angle >"),
}
SAMPLES = 3
LONGEST_SAMPLE = 40


class UploadForm(forms.ModelForm[ImportRun]):
    """Which file, for which catalog, of what. It is looked at here, so that a refusal shows at the field."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.looked_at: tuple[Reading, Sample] | None = None
        self.fields["file"].widget.attrs["accept"] = ",".join(SUFFIXES)

    def clean_file(self) -> Any:
        """The file, once its beginning could be read."""
        upload = self.cleaned_data["file"]
        try:
            self.looked_at = look_at(upload.name, upload)
        except FileError as error:
            raise forms.ValidationError(str(error)) from error
        return upload


class ColumnsForm(forms.Form):
    """What each column of an upload is, and how the file is read. Every choice is kept; the page says what is wrong."""

    def __init__(self, kind: ImportKind, reading: Reading, mapping: Mapping, data: Any = None) -> None:
        super().__init__(data)
        self.kind, self.reading, self.mapping = kind, reading, mapping
        for place, (column, target) in enumerate(mapping.columns):
            self.fields[f"column-{place}"] = _select(column, _targets(kind), target)
        if reading.format != EXCEL:
            self.fields["encoding"] = _select(_("Encoding"), list(ENCODING_NAMES.items()), reading.encoding)
        if reading.format == CSV:
            self.fields["separator"] = _select(_("Between columns"), list(SEPARATOR_NAMES.items()), reading.separator)
        if LISTS & kind.fields.keys():
            signs = [(sign, SIGN_NAMES.get(sign, sign)) for sign in LIST_SEPARATORS]
            self.fields["lists"] = _select(_("Between entries of a list"), signs, mapping.lists)
        for name in kind.fixed:
            self.fields[f"fixed-{name}"] = _text(kind.fields[name].label, mapping.fixed.get(name, ""))

    def chosen_mapping(self) -> Mapping:
        """As it was posted; what is no choice stays as it was."""
        columns = tuple(
            (column, self._posted(f"column-{place}", target))
            for place, (column, target) in enumerate(self.mapping.columns)
        )
        fixed = {name: self.data.get(f"fixed-{name}", "").strip()[:200] for name in self.kind.fixed}
        given = {name: value for name, value in fixed.items() if value}
        return Mapping(columns, given, self._posted("lists", self.mapping.lists))

    def chosen_reading(self) -> Reading:
        """As it was posted; what is no choice stays as it was."""
        encoding = self._posted("encoding", self.reading.encoding)
        separator = self._posted("separator", self.reading.separator)
        known = encoding in ENCODINGS and separator in SEPARATORS
        return replace(self.reading, encoding=encoding, separator=separator) if known else self.reading

    def columns(self, sample: Sample) -> Iterator[dict[str, Any]]:
        """Each column with its choice and its first values."""
        for place, (column, target) in enumerate(self.mapping.columns):
            yield {
                "name": column,
                "field": self[f"column-{place}"],
                "samples": _samples(column, sample),
                "is_left_out": target == LEFT_OUT,
            }

    def rest(self) -> list[forms.BoundField]:
        """The choices that belong to no column."""
        return [self[name] for name in self.fields if not name.startswith("column-")]

    def _posted(self, name: str, otherwise: str) -> str:
        field = self.fields.get(name)
        value = self.data.get(name, otherwise)
        known = isinstance(field, forms.ChoiceField) and field.valid_value(value)
        return str(value) if known else otherwise


def _targets(kind: ImportKind) -> list[tuple[str, str | Promise]]:
    whole = {ATTRIBUTES: _("Attributes, all in one JSON object")}
    fields = [(name, whole.get(name, field.label)) for name, field in kind.fields.items()]
    more = [(ATTRIBUTE, _("An attribute of this name"))] if kind.has_attributes else []
    return [(LEFT_OUT, _("Leave out")), *fields, *more]


def _select(label: Any, choices: list[Any], initial: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, initial=initial, required=False, widget=UnfoldAdminSelectWidget
    )


def _text(label: Any, initial: str) -> forms.CharField:
    return forms.CharField(
        label=label, initial=initial, required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )


def _samples(column: str, sample: Sample) -> list[str]:
    """The first different values of a column."""
    found: dict[str, None] = {}
    for record in sample.records:
        if (cell := record.cells.get(column)) is not None:
            text = str(cell).encode("utf-8", "backslashreplace").decode()
            found[text if len(text) <= LONGEST_SAMPLE else f"{text[:LONGEST_SAMPLE]}…"] = None
        if len(found) == SAMPLES:
            break
    return list(found)
