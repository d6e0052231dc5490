"""For a new database, what the migrations named below do one after the other."""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
import django_fsm
import opscom.lib.acting
import opscom.lib.codes
import opscom.lib.money
from django.conf import settings
from django.db import migrations, models

from opscom.lib.migrating import CreateTables


holders = import_module("lockers.migrations.0005_one_holder_a_day")


class Migration(migrations.Migration):

    replaces = [('lockers', '0001_initial'), ('lockers', '0002_term_given_at'), ('lockers', '0003_sites_and_sales'), ('lockers', '0004_earlier_rows'), ('lockers', '0005_one_holder_a_day'), ('lockers', '0006_proration')]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0032_form_mails'),
        ('payments', '0001_squashed_0018_collections'),
    ]

    operations = [
        CreateTables(
            tables=[
                migrations.CreateModel(
                    name='LockerSite',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(default=opscom.lib.codes.new_code, editable=False, max_length=12, unique=True, verbose_name='code')),
                        ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='lockers.lockersite', verbose_name='within')),
                        ('name', models.CharField(max_length=80, verbose_name='name')),
                        ('price', opscom.lib.money.PriceField(blank=True, decimal_places=2, help_text='For a whole term, where the sales window has no price for this place. Empty: as above.', max_digits=10, null=True, verbose_name='price')),
                        ('size', models.CharField(blank=True, help_text='For example 30 × 50 × 90 cm. Empty: as above.', max_length=60, verbose_name='size or kind')),
                        ('disclaimer', models.TextField(blank=True, help_text='Shown where a locker is chosen. Empty: as above.', max_length=2000, verbose_name='rules of this place')),
                        ('disclaimer_en', models.TextField(blank=True, help_text='Shown where a locker is chosen. Empty: as above.', max_length=2000, null=True, verbose_name='rules of this place')),
                        ('disclaimer_fr', models.TextField(blank=True, help_text='Shown where a locker is chosen. Empty: as above.', max_length=2000, null=True, verbose_name='rules of this place')),
                        ('disclaimer_es', models.TextField(blank=True, help_text='Shown where a locker is chosen. Empty: as above.', max_length=2000, null=True, verbose_name='rules of this place')),
                        ('visibility', models.CharField(blank=True, choices=[('shown', 'Shown'), ('hidden', 'Hidden')], help_text='Hidden: users cannot reserve here; lockers already given stay theirs. Empty: as above.', max_length=10, verbose_name='visibility')),
                        ('user_types', models.ManyToManyField(blank=True, help_text='Who may reserve here. None chosen: as above, and everybody where nothing above says it.', to='accounts.usertype', verbose_name='user types')),
                    ],
                    options={
                        'verbose_name': 'locker site',
                        'verbose_name_plural': 'locker sites',
                        'ordering': ['name'],
                        'constraints': [models.UniqueConstraint(fields=('parent', 'name'), name='locker_site_once'), models.UniqueConstraint(condition=models.Q(('parent', None)), fields=('name',), name='locker_building_once')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='Locker',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lockers', to='lockers.lockersite', verbose_name='site')),
                        ('number', models.CharField(max_length=20, verbose_name='number')),
                        ('condition', models.CharField(choices=[('good', 'Good'), ('broken', 'Broken'), ('archived', 'Archived')], default='good', help_text='Broken: shown as out of order. Archived: no longer shown. Who has it keeps it.', max_length=10, verbose_name='condition')),
                        ('size', models.CharField(blank=True, help_text='Empty: as its site says.', max_length=60, verbose_name='size or kind')),
                        ('note', models.CharField(blank=True, max_length=200, verbose_name='note of the office')),
                        ('in_use', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='combination in use')),
                        ('to_change', models.BooleanField(default=False, editable=False, help_text='Somebody else had it: its next holder sees the combination when the lock is changed.', verbose_name='combination to be changed')),
                    ],
                    options={
                        'verbose_name': 'locker',
                        'verbose_name_plural': 'lockers',
                        'ordering': ['site', 'number'],
                        'permissions': [('open_locker', 'Can see and change combinations')],
                        'constraints': [models.UniqueConstraint(fields=('site', 'number'), name='locker_number_once')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='LockerWindow',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(default=opscom.lib.codes.new_code, editable=False, max_length=12, unique=True, verbose_name='code')),
                        ('name', models.CharField(max_length=80, verbose_name='name')),
                        ('name_en', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('name_fr', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('name_es', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('kind', models.CharField(choices=[('semester', 'a semester'), ('year', 'a year'), ('other', 'for the whole time')], default='semester', max_length=10, verbose_name='period')),
                        ('renewal_starts', models.DateTimeField(blank=True, help_text='From then on holders may renew. Empty: when the sale starts.', null=True, verbose_name='renewals start')),
                        ('sale_starts', models.DateTimeField(verbose_name='sale starts')),
                        ('sale_ends', models.DateTimeField(verbose_name='sale ends')),
                        ('valid_from', models.DateField(verbose_name='lockers valid from')),
                        ('valid_before', models.DateField(help_text='The first day on which they are no longer.', verbose_name='lockers end before')),
                        ('proration', models.CharField(choices=[('none', 'The whole price'), ('day', 'The days that are left'), ('month', 'The months that are left; one that has begun counts')], default='none', help_text='What is asked of somebody who reserves, or switches, after the term has begun.', max_length=10, verbose_name='price of a late purchase')),
                        ('active', models.BooleanField(default=True, verbose_name='active')),
                    ],
                    options={
                        'verbose_name': 'locker sales window',
                        'verbose_name_plural': 'locker sales windows',
                        'ordering': ['valid_from', 'pk'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('sale_ends__gt', models.F('sale_starts'))), name='locker_window_sale_forward'), models.CheckConstraint(condition=models.Q(('valid_before__gt', models.F('valid_from'))), name='locker_window_valid_forward'), models.CheckConstraint(condition=models.Q(('renewal_starts', None), ('renewal_starts__lte', models.F('sale_starts')), _connector='OR'), name='locker_window_renewal_first')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='LockerPrice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('window', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='lockers.lockerwindow', verbose_name='sales window')),
                        ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='window_prices', to='lockers.lockersite', verbose_name='site')),
                        ('amount', opscom.lib.money.PriceField(decimal_places=2, max_digits=10, verbose_name='price')),
                    ],
                    options={
                        'verbose_name': 'price',
                        'verbose_name_plural': 'prices',
                        'ordering': ['site'],
                        'constraints': [models.UniqueConstraint(fields=('window', 'site'), name='locker_price_once')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='LockerTerm',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(default=opscom.lib.codes.new_code, editable=False, max_length=12, unique=True, verbose_name='code')),
                        ('locker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='lockers.locker', verbose_name='locker')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='locker_terms', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('window', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='lockers.lockerwindow', verbose_name='sales window')),
                        ('starts_on', models.DateField(verbose_name='from')),
                        ('ends_before', models.DateField(verbose_name='ends before')),
                        ('state', django_fsm.FSMField(choices=[('held', 'Held'), ('active', 'Active'), ('suspended', 'Suspended'), ('released', 'Released'), ('cancelled', 'Cancelled'), ('ended', 'Ended')], default='active', editable=False, max_length=10, protected=True, verbose_name='state')),
                        ('held_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='held until')),
                        ('charge', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.charge', verbose_name='charge')),
                        ('replaces', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replacements', to='lockers.lockerterm', verbose_name='in place of')),
                        ('given_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='given')),
                        ('reminded_of', models.DateField(blank=True, editable=False, null=True, verbose_name='reminded of the end')),
                        ('noticed_on', models.DateField(blank=True, editable=False, null=True, verbose_name='last asked to empty it')),
                    ],
                    options={
                        'verbose_name': 'locker term',
                        'verbose_name_plural': 'locker terms',
                        'ordering': ['-ends_before', '-pk'],
                        'indexes': [models.Index(condition=models.Q(('state__in', ['held', 'active', 'suspended'])), fields=['locker', 'ends_before'], name='locker_term_taking'), models.Index(condition=models.Q(('state', 'held')), fields=['held_until'], name='locker_term_held')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('ends_before__gt', models.F('starts_on'))), name='locker_term_forward')],
                    },
                ),
                migrations.CreateModel(
                    name='LockerTermEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(verbose_name='when')),
                        ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                        ('acting', models.ForeignKey(blank=True, default=opscom.lib.acting.current_actor, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acted for the person')),
                        ('from_state', models.CharField(blank=True, max_length=20, verbose_name='from')),
                        ('to_state', models.CharField(max_length=20, verbose_name='to')),
                        ('reason', models.CharField(blank=True, max_length=250, verbose_name='reason')),
                        ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='lockers.lockerterm')),
                    ],
                    options={
                        'verbose_name': 'event',
                        'verbose_name_plural': 'events',
                        'ordering': ['at', 'pk'],
                        'abstract': False,
                        'indexes': [],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='LockerCombination',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('locker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='combinations', to='lockers.locker', verbose_name='locker')),
                        ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                        ('sealed', models.CharField(editable=False, max_length=300, verbose_name='combination, encrypted')),
                    ],
                    options={
                        'verbose_name': 'combination',
                        'verbose_name_plural': 'combinations',
                        'ordering': ['position'],
                        'constraints': [models.UniqueConstraint(fields=('locker', 'position'), name='locker_combination_once')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='CombinationView',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('locker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='combination_views', to='lockers.locker', verbose_name='locker')),
                        ('term', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='lockers.lockerterm', verbose_name='locker term')),
                        ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                        ('acting', models.ForeignKey(default=opscom.lib.acting.current_actor, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acted for the person')),
                        ('at', models.DateTimeField(verbose_name='when')),
                    ],
                    options={
                        'verbose_name': 'view of a combination',
                        'verbose_name_plural': 'views of combinations',
                        'ordering': ['-at', '-pk'],
                        'indexes': [],
                        'constraints': [],
                    },
                ),
            ],
        ),
        migrations.RunPython(holders.add, holders.remove),
    ]
