"""The office's own e-mails become texts of the office, of which every version is kept."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

LANGUAGES = [("en", "English"), ("fr", "French"), ("es", "Spanish")]


def keep_first_versions(apps, _schema_editor):
    """What is in force is the first version; rights that an office gave go on."""
    version = apps.get_model("accounts", "WordingVersion")
    for own in apps.get_model("accounts", "Wording").objects.all():
        version.objects.create(
            kind=own.kind, language=own.language, number=1, subject=own.subject, body=own.body
        )
    for permission in apps.get_model("auth", "Permission").objects.filter(codename__endswith="_mailtemplate"):
        permission.codename = permission.codename.replace("mailtemplate", "wording")
        permission.save(update_fields=["codename"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0037_mailing"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.RemoveConstraint(model_name="mailtemplate", name="mail_template_once"),
        migrations.RenameModel(old_name="MailTemplate", new_name="Wording"),
        migrations.AlterModelOptions(
            name="wording",
            options={
                "ordering": ["kind", "language"],
                "verbose_name": "text of the office",
                "verbose_name_plural": "texts of the office",
            },
        ),
        migrations.AddField(
            model_name="wording",
            name="failed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="not used since"),
        ),
        migrations.AddField(
            model_name="wording",
            name="failure",
            field=models.CharField(blank=True, editable=False, max_length=250, verbose_name="why it was not used"),
        ),
        migrations.AlterField(
            model_name="wording", name="body", field=models.TextField(blank=True, verbose_name="text")
        ),
        migrations.AlterField(
            model_name="wording", name="kind", field=models.CharField(max_length=40, verbose_name="text")
        ),
        migrations.AlterField(
            model_name="wording",
            name="subject",
            field=models.CharField(blank=True, max_length=500, verbose_name="subject"),
        ),
        migrations.AddConstraint(
            model_name="wording",
            constraint=models.UniqueConstraint(fields=("kind", "language"), name="wording_once"),
        ),
        migrations.CreateModel(
            name="WordingVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="text")),
                ("language", models.CharField(choices=LANGUAGES, max_length=5, verbose_name="language")),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("subject", models.CharField(blank=True, max_length=500, verbose_name="subject")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("built_in", models.BooleanField(default=False, verbose_name="built-in text")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=150, verbose_name="note")),
            ],
            options={
                "verbose_name": "version of a text",
                "verbose_name_plural": "versions of texts",
                "ordering": ["-number"],
            },
        ),
        migrations.AddConstraint(
            model_name="wordingversion",
            constraint=models.UniqueConstraint(
                fields=("kind", "language", "number"), name="wording_version_once"
            ),
        ),
        migrations.RunPython(keep_first_versions, migrations.RunPython.noop),
    ]
