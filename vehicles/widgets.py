"""How a plate is typed."""

from typing import Any

from django import forms


class PlateInput(forms.TextInput):
    """Capitals, and nothing that a browser would correct or remember. Ticket numbers are typed in it, too."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {
                "class": "form-control plate-field",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
            | (attrs or {})
        )
