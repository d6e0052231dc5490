"""A question of a form that is shown where a certain lot is answered named the lot; since forms_module 0002 it names the lot's
code, which is the same in every language. A name that no lot has, or several have, stays: the office looks at it."""

from django.db import migrations

NAMES = ("name", "name_en", "name_fr", "name_es")


def name_codes(apps, schema_editor):
    questions = apps.get_model("forms_module", "FormField").objects
    about_lots = {(row.form_id, row.version, row.key) for row in questions.filter(kind="lot")}
    if not about_lots:
        return
    codes, by_name = set(), {}
    for row in apps.get_model("permits", "Lot").objects.values("code", *NAMES):
        codes.add(row["code"])
        for name in {row[column] for column in NAMES if row[column]}:
            by_name.setdefault(name, set()).add(row["code"])
    for row in questions.exclude(shown_when="").exclude(shown_value__in=["", *codes]):
        found = by_name.get(row.shown_value, set())
        if (row.form_id, row.version, row.shown_when) in about_lots and len(found) == 1:
            questions.filter(pk=row.pk).update(shown_value=next(iter(found)))


class Migration(migrations.Migration):

    dependencies = [("permits", "0032_moving_permits"), ("forms_module", "0002_condition_by_code")]

    operations = [migrations.RunPython(name_codes, migrations.RunPython.noop)]
