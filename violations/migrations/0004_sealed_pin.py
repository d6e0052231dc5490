from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('violations', '0003_finding'),
    ]

    operations = [
        migrations.CreateModel(
            name='TicketSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('prefix', models.CharField(max_length=12, unique=True, verbose_name='prefix')),
                ('last', models.PositiveBigIntegerField(verbose_name='last number given')),
            ],
            options={
                'verbose_name': 'series of ticket numbers',
                'verbose_name_plural': 'series of ticket numbers',
                'ordering': ['prefix'],
            },
        ),
        migrations.AddField(
            model_name='violation',
            name='sealed_pin',
            field=models.CharField(default='', editable=False, max_length=120, verbose_name='PIN, encrypted'),
            preserve_default=False,
        ),
    ]
