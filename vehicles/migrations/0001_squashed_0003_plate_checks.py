"""For a new database, what the migrations named below do one after the other."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import opscom.lib.codes
from django.conf import settings
from django.db import migrations, models

from opscom.lib.migrating import CreateTables


class Migration(migrations.Migration):

    replaces = [('vehicles', '0001_initial'), ('vehicles', '0002_finding'), ('vehicles', '0003_plate_checks')]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0032_form_mails'),
    ]

    operations = [
        CreateTables(
            tables=[
                migrations.CreateModel(
                    name='Vehicle',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('plate', models.CharField(max_length=10, validators=[django.core.validators.RegexValidator('^[A-Z0-9]{1,10}$', 'Enter the plate with letters and digits only, for example CKRT 418.')], verbose_name='plate')),
                        ('region', models.CharField(choices=[('CA-AB', 'Alberta'), ('CA-BC', 'British Columbia'), ('CA-MB', 'Manitoba'), ('CA-NB', 'New Brunswick'), ('CA-NL', 'Newfoundland and Labrador'), ('CA-NT', 'Northwest Territories'), ('CA-NS', 'Nova Scotia'), ('CA-NU', 'Nunavut'), ('CA-ON', 'Ontario'), ('CA-PE', 'Prince Edward Island'), ('CA-QC', 'Quebec'), ('CA-SK', 'Saskatchewan'), ('CA-YT', 'Yukon'), ('US-AL', 'Alabama'), ('US-AK', 'Alaska'), ('US-AS', 'American Samoa'), ('US-AZ', 'Arizona'), ('US-AR', 'Arkansas'), ('US-AA', 'Armed Forces Americas'), ('US-AE', 'Armed Forces Europe'), ('US-AP', 'Armed Forces Pacific'), ('US-CA', 'California'), ('US-CO', 'Colorado'), ('US-CT', 'Connecticut'), ('US-DE', 'Delaware'), ('US-DC', 'District of Columbia'), ('US-FL', 'Florida'), ('US-GA', 'Georgia'), ('US-GU', 'Guam'), ('US-HI', 'Hawaii'), ('US-ID', 'Idaho'), ('US-IL', 'Illinois'), ('US-IN', 'Indiana'), ('US-IA', 'Iowa'), ('US-KS', 'Kansas'), ('US-KY', 'Kentucky'), ('US-LA', 'Louisiana'), ('US-ME', 'Maine'), ('US-MD', 'Maryland'), ('US-MA', 'Massachusetts'), ('US-MI', 'Michigan'), ('US-MN', 'Minnesota'), ('US-MS', 'Mississippi'), ('US-MO', 'Missouri'), ('US-MT', 'Montana'), ('US-NE', 'Nebraska'), ('US-NV', 'Nevada'), ('US-NH', 'New Hampshire'), ('US-NJ', 'New Jersey'), ('US-NM', 'New Mexico'), ('US-NY', 'New York'), ('US-NC', 'North Carolina'), ('US-ND', 'North Dakota'), ('US-MP', 'Northern Mariana Islands'), ('US-OH', 'Ohio'), ('US-OK', 'Oklahoma'), ('US-OR', 'Oregon'), ('US-PA', 'Pennsylvania'), ('US-PR', 'Puerto Rico'), ('US-RI', 'Rhode Island'), ('US-SC', 'South Carolina'), ('US-SD', 'South Dakota'), ('US-TN', 'Tennessee'), ('US-TX', 'Texas'), ('US-UT', 'Utah'), ('US-VT', 'Vermont'), ('US-VI', 'Virgin Islands'), ('US-VA', 'Virginia'), ('US-WA', 'Washington'), ('US-WV', 'West Virginia'), ('US-WI', 'Wisconsin'), ('US-WY', 'Wyoming')], default='CA-ON', max_length=6, verbose_name='province or state')),
                        ('plate_type', models.CharField(choices=[('passenger', 'Passenger'), ('commercial', 'Commercial'), ('motorcycle', 'Motorcycle'), ('rental', 'Rental or dealer'), ('other', 'Other')], default='passenger', max_length=12, verbose_name='plate type')),
                        ('year', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1900), django.core.validators.MaxValueValidator(2100)], verbose_name='year')),
                        ('make', models.CharField(blank=True, max_length=40, verbose_name='make')),
                        ('colour', models.CharField(blank=True, max_length=30, verbose_name='colour')),
                    ],
                    options={
                        'verbose_name': 'vehicle',
                        'verbose_name_plural': 'vehicles',
                        'ordering': ['plate'],
                        'indexes': [models.Index(fields=['plate'], name='vehicle_plate_begins', opclasses=['varchar_pattern_ops']), models.Index(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(models.F('plate'), models.Value('O'), models.Value('0')), models.Value('I'), models.Value('1')), models.Value('B'), models.Value('8')), name='vehicle_look')],
                        'constraints': [models.UniqueConstraint(fields=('plate', 'region', 'plate_type'), name='vehicle_plate_unique'), models.CheckConstraint(condition=models.Q(('plate__regex', '^[A-Z0-9]+$')), name='vehicle_plate_normalised')],
                    },
                ),
                migrations.CreateModel(
                    name='VehicleOwner',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(default=opscom.lib.codes.new_code, editable=False, max_length=12, unique=True, verbose_name='code')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vehicle_links', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('vehicle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='owner_links', to='vehicles.vehicle', verbose_name='vehicle')),
                        ('active', models.BooleanField(default=True, verbose_name='active')),
                        ('primary', models.BooleanField(default=False, verbose_name='primary driver')),
                        ('disclaimer_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='disclaimer agreed')),
                    ],
                    options={
                        'verbose_name': 'driver',
                        'verbose_name_plural': 'drivers',
                        'constraints': [models.UniqueConstraint(fields=('user', 'vehicle'), name='vehicle_owner_once'), models.UniqueConstraint(condition=models.Q(('primary', True)), fields=('vehicle',), name='vehicle_one_primary')],
                        'indexes': [],
                    },
                ),
            ],
        ),
    ]
