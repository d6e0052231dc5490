"""Every field of ours can be taken to pieces and put together again, as migrations do it; the tests' databases are drawn from
copies (tests/migrated.py)."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Field, Model

OURS = [
    model
    for model in apps.get_models()
    if model.__module__.split(".")[0] in {path.name for path in settings.BASE_DIR.iterdir()}
]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_fields_are_the_same_once_put_together_again(model: type[Model]) -> None:
    for field in model._meta.concrete_fields:
        assert isinstance(field, Field)
        again = field.clone()
        again.set_attributes_from_name(field.name)
        assert again.deconstruct()[1:] == field.deconstruct()[1:], field
        if not field.remote_field:
            assert again.db_parameters(connection) == field.db_parameters(connection), field
