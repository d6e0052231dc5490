"""For a new database, what the migrations named below do one after the other."""

from importlib import import_module

import accounts.models.export
import accounts.models.mail
import accounts.models.upload
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import django_fsm
import opscom.lib.acting
import opscom.lib.codes
import phonenumber_field.modelfields
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from opscom.lib.migrating import CreateTables


names = import_module("accounts.migrations.0009_finding")


class Migration(migrations.Migration):

    replaces = [('accounts', '0001_initial'), ('accounts', '0002_account_event'), ('accounts', '0003_password_changed_mail'), ('accounts', '0004_address'), ('accounts', '0005_second_factor_settings'), ('accounts', '0006_companies'), ('accounts', '0007_saml_answer'), ('accounts', '0008_email_preferences'), ('accounts', '0009_finding'), ('accounts', '0010_closing_and_merging'), ('accounts', '0011_email_change'), ('accounts', '0012_uploads'), ('accounts', '0013_refund_mails'), ('accounts', '0014_card_mails'), ('accounts', '0015_cash_desk'), ('accounts', '0016_rollover_mails'), ('accounts', '0017_courtesy_mail'), ('accounts', '0018_printing_mails'), ('accounts', '0019_exchange_mail'), ('accounts', '0020_lockers'), ('accounts', '0021_waitlists'), ('accounts', '0022_closure_mail'), ('accounts', '0023_address_place'), ('accounts', '0024_boots'), ('accounts', '0025_appeal_mails'), ('accounts', '0026_texts'), ('accounts', '0027_plate_code_mail'), ('accounts', '0028_parking_by_text'), ('accounts', '0029_notices'), ('accounts', '0030_closure_off_mail'), ('accounts', '0031_text_opt_out_numbers'), ('accounts', '0032_form_mails')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateTables(
            tables=[
                migrations.CreateModel(
                    name='Address',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('kind', models.CharField(choices=[('home', 'Home address'), ('mailing', 'Mailing address'), ('billing', 'Billing address')], default='home', max_length=10, verbose_name='kind')),
                        ('line1', models.CharField(max_length=100, verbose_name='street and number')),
                        ('line2', models.CharField(blank=True, max_length=100, verbose_name='apartment, unit or floor')),
                        ('city', models.CharField(max_length=60, verbose_name='city')),
                        ('region', models.CharField(blank=True, choices=[('CA-AB', 'Alberta'), ('CA-BC', 'British Columbia'), ('CA-MB', 'Manitoba'), ('CA-NB', 'New Brunswick'), ('CA-NL', 'Newfoundland and Labrador'), ('CA-NT', 'Northwest Territories'), ('CA-NS', 'Nova Scotia'), ('CA-NU', 'Nunavut'), ('CA-ON', 'Ontario'), ('CA-PE', 'Prince Edward Island'), ('CA-QC', 'Quebec'), ('CA-SK', 'Saskatchewan'), ('CA-YT', 'Yukon'), ('US-AL', 'Alabama'), ('US-AK', 'Alaska'), ('US-AS', 'American Samoa'), ('US-AZ', 'Arizona'), ('US-AR', 'Arkansas'), ('US-AA', 'Armed Forces Americas'), ('US-AE', 'Armed Forces Europe'), ('US-AP', 'Armed Forces Pacific'), ('US-CA', 'California'), ('US-CO', 'Colorado'), ('US-CT', 'Connecticut'), ('US-DE', 'Delaware'), ('US-DC', 'District of Columbia'), ('US-FL', 'Florida'), ('US-GA', 'Georgia'), ('US-GU', 'Guam'), ('US-HI', 'Hawaii'), ('US-ID', 'Idaho'), ('US-IL', 'Illinois'), ('US-IN', 'Indiana'), ('US-IA', 'Iowa'), ('US-KS', 'Kansas'), ('US-KY', 'Kentucky'), ('US-LA', 'Louisiana'), ('US-ME', 'Maine'), ('US-MD', 'Maryland'), ('US-MA', 'Massachusetts'), ('US-MI', 'Michigan'), ('US-MN', 'Minnesota'), ('US-MS', 'Mississippi'), ('US-MO', 'Missouri'), ('US-MT', 'Montana'), ('US-NE', 'Nebraska'), ('US-NV', 'Nevada'), ('US-NH', 'New Hampshire'), ('US-NJ', 'New Jersey'), ('US-NM', 'New Mexico'), ('US-NY', 'New York'), ('US-NC', 'North Carolina'), ('US-ND', 'North Dakota'), ('US-MP', 'Northern Mariana Islands'), ('US-OH', 'Ohio'), ('US-OK', 'Oklahoma'), ('US-OR', 'Oregon'), ('US-PA', 'Pennsylvania'), ('US-PR', 'Puerto Rico'), ('US-RI', 'Rhode Island'), ('US-SC', 'South Carolina'), ('US-SD', 'South Dakota'), ('US-TN', 'Tennessee'), ('US-TX', 'Texas'), ('US-UT', 'Utah'), ('US-VT', 'Vermont'), ('US-VI', 'Virgin Islands'), ('US-VA', 'Virginia'), ('US-WA', 'Washington'), ('US-WV', 'West Virginia'), ('US-WI', 'Wisconsin'), ('US-WY', 'Wyoming')], max_length=6, verbose_name='province or state')),
                        ('postal_code', models.CharField(blank=True, max_length=12, verbose_name='postal code')),
                        ('country', models.CharField(default='CA', help_text='Two letters, as in CA.', max_length=2, verbose_name='country')),
                        ('updated_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='changed')),
                        ('place', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Concat('line1', models.Value('|'), 'line2', models.Value('|'), 'city', models.Value('|'), 'region', models.Value('|'), 'postal_code', models.Value('|'), 'country'), models.Value(' ')), models.Value('.'))), output_field=models.CharField(max_length=300))),
                    ],
                    options={
                        'verbose_name': 'address',
                        'verbose_name_plural': 'addresses',
                        'ordering': ['user', 'pk'],
                        'indexes': [models.Index(condition=models.Q(('kind', 'home')), fields=['place'], name='address_place')],
                        'constraints': [models.UniqueConstraint(fields=('user', 'kind'), name='address_once_per_kind'), models.CheckConstraint(condition=models.Q(('region', ''), ('region__startswith', models.F('country')), _connector='OR'), name='address_region_of_its_country'), models.CheckConstraint(condition=models.Q(models.Q(('country__in', ('CA', 'US')), _negated=True), models.Q(models.Q(('region', ''), _negated=True), models.Q(('postal_code', ''), _negated=True)), _connector='OR'), name='address_whole_where_known')],
                    },
                ),
                migrations.CreateModel(
                    name='Company',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=100, verbose_name='name')),
                        ('code', models.SlugField(max_length=30, unique=True, verbose_name='code')),
                        ('active', models.BooleanField(default=True, help_text='Off: its managers see no company pages and act for nobody.', verbose_name='active')),
                        ('billing_address', models.TextField(blank=True, max_length=500, verbose_name='billing address')),
                    ],
                    options={
                        'verbose_name': 'company',
                        'verbose_name_plural': 'companies',
                        'ordering': ['name', 'pk'],
                        'indexes': [],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='CompanyMembership',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(default=opscom.lib.codes.new_code, editable=False, max_length=12, unique=True, verbose_name='code')),
                        ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='accounts.company', verbose_name='company')),
                        ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='membership', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('role', models.CharField(choices=[('member', 'Member'), ('manager', 'Manager')], default='member', max_length=10, verbose_name='role')),
                        ('active', models.BooleanField(default=True, help_text='Off: no longer with the company. Managers lose their rights at once.', verbose_name='active')),
                        ('billing_contact', models.BooleanField(default=False, help_text='Sees and pays the company invoice, as managers do. One person a company.', verbose_name='billing contact')),
                        ('consent_given_at', models.DateTimeField(blank=True, default=django.utils.timezone.now, help_text='When the person agreed that managers act for them. Empty: not yet, so nobody may.', null=True, verbose_name='consent given')),
                        ('consent_revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='consent revoked')),
                    ],
                    options={
                        'verbose_name': 'company member',
                        'verbose_name_plural': 'company members',
                        'ordering': ['user__last_name', 'user__first_name', 'pk'],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('billing_contact', True)), fields=('company',), name='company_one_billing_contact'), models.CheckConstraint(condition=models.Q(('consent_revoked_at', None), ('consent_revoked_at__gte', models.F('consent_given_at')), _connector='OR'), name='company_consent_in_order')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='ActAsSession',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acts', to=settings.AUTH_USER_MODEL, verbose_name='who acts')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acted_for', to=settings.AUTH_USER_MODEL, verbose_name='for whom')),
                        ('company', models.ForeignKey(blank=True, help_text='Empty: staff of the parking office.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company', verbose_name='company')),
                        ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                        ('started_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='began')),
                        ('expires_at', models.DateTimeField(verbose_name='ends at the latest')),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                        ('ended', models.CharField(blank=True, choices=[('', 'Runs'), ('back', 'Went back'), ('expired', 'Time was over'), ('revoked', 'The person revoked the consent'), ('logged_out', 'Logged out'), ('replaced', 'Acted for somebody else'), ('put_out', 'Lost the right to')], default='', max_length=10, verbose_name='how it ended')),
                    ],
                    options={
                        'verbose_name': 'acting for a person',
                        'verbose_name_plural': 'acting for people',
                        'ordering': ['-started_at', '-pk'],
                        'indexes': [models.Index(fields=['person', '-started_at'], name='act_as_person'), models.Index(condition=models.Q(('ended_at', None)), fields=['expires_at'], name='act_as_running')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('actor',), name='act_as_one_at_a_time'), models.CheckConstraint(condition=models.Q(('actor', models.F('person')), _negated=True), name='act_as_not_oneself'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('started_at'))), name='act_as_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('ended', ''), ('ended_at', None)), models.Q(('ended_at__isnull', False), models.Q(('ended', ''), _negated=True)), _connector='OR'), name='act_as_end_whole'), models.CheckConstraint(condition=models.Q(('company__isnull', False), models.Q(('reason', ''), _negated=True), _connector='OR'), name='act_as_company_or_reason')],
                    },
                ),
                migrations.CreateModel(
                    name='EmailChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='email_changes', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('old', models.EmailField(max_length=254, verbose_name='old address')),
                        ('new', models.EmailField(max_length=254, verbose_name='new address')),
                        ('old_digest', models.CharField(editable=False, max_length=64, unique=True)),
                        ('new_digest', models.CharField(editable=False, max_length=64, unique=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked for')),
                        ('expires_at', models.DateTimeField(verbose_name='good until')),
                        ('old_confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at the old address')),
                        ('new_confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at the new address')),
                        ('ended', models.CharField(blank=True, choices=[('done', 'Changed'), ('void', 'Given up'), ('taken', 'The new address belongs to somebody else')], max_length=10, verbose_name='end')),
                    ],
                    options={
                        'verbose_name': 'change of address',
                        'verbose_name_plural': 'changes of address',
                        'ordering': ['-created_at', '-pk'],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('ended', '')), fields=('user',), name='email_change_one_open')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='AccountEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='account_events', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('verb', models.CharField(max_length=30, verbose_name='what')),
                        ('detail', models.CharField(blank=True, max_length=250, verbose_name='detail')),
                        ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                        ('acting', models.ForeignKey(blank=True, default=opscom.lib.acting.current_actor, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acted for the person')),
                        ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='when')),
                    ],
                    options={
                        'verbose_name': 'account event',
                        'verbose_name_plural': 'account events',
                        'ordering': ['-at', '-pk'],
                        'indexes': [models.Index(fields=['user', '-at'], name='account_event_user')],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='DataExport',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(default=accounts.models.export.export_code, editable=False, max_length=26, unique=True, verbose_name='code')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='data_exports', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('language', models.CharField(default='en', max_length=5, verbose_name='language')),
                        ('state', models.CharField(choices=[('waiting', 'Being prepared'), ('ready', 'Ready'), ('over', 'Over')], default='waiting', max_length=10, verbose_name='state')),
                        ('done', models.PositiveSmallIntegerField(default=0, verbose_name='parts done')),
                        ('steps', models.PositiveSmallIntegerField(default=0, verbose_name='parts')),
                        ('file', models.FileField(blank=True, upload_to=accounts.models.export.export_path, verbose_name='file')),
                        ('asked_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked for')),
                        ('claimed_until', models.DateTimeField(default=django.utils.timezone.now, verbose_name='taken up until')),
                        ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                        ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='there until')),
                    ],
                    options={
                        'verbose_name': 'copy of the own data',
                        'verbose_name_plural': 'copies of the own data',
                        'ordering': ['-asked_at', '-pk'],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('user',), name='data_export_one_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), ('expires_at__isnull', False), _connector='OR'), name='data_export_ready_has_an_end')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='MailTemplate',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('create_password', 'Create Password link'), ('account_exists', 'Account exists already'), ('password_reset', 'Password reset'), ('password_changed', 'Password changed'), ('second_factor_changed', 'Second factor changed'), ('one_time_password', 'One-time password'), ('email_change_old', 'Change of address, to the old one'), ('email_change_new', 'Change of address, to the new one'), ('email_changed', 'Address changed'), ('acting_started', 'Somebody acts for the person'), ('receipt', 'Receipt'), ('promise', 'Promise to pay'), ('refund', 'Refund'), ('surplus', 'More was paid than was owed'), ('permit_cancelled', 'Permit cancelled'), ('permit_exchanged', 'Permit exchanged'), ('courtesy_car', 'Courtesy car on a permit'), ('cheque_bounced', 'Cheque bounced'), ('hold_lapsed', 'Reserved place released'), ('lot_closed', 'Closure or event in a lot'), ('closure_off', 'Closure or event called off'), ('permit_expires', 'Permit ends soon'), ('text_parked', 'Parking bought by text'), ('card_expires', 'Stored card expires'), ('rollover_failed', 'Permit Rollover: to be paid'), ('rollover_stopped', 'Permit Rollover: ended'), ('rollover_price', 'Permit Rollover: new price'), ('locker_lapsed', 'Reserved locker released'), ('locker_unpaid', 'Reserved locker: to be paid'), ('locker_ends', 'Locker ends soon'), ('locker_empty', 'Locker to be emptied'), ('locker_changed', 'Locker moved or ended'), ('waitlist_joined', 'Waitlist joined'), ('waitlist_offer', 'Waitlist: place offered'), ('waitlist_reminder', 'Waitlist: answer soon'), ('waitlist_lapsed', 'Waitlist: offer over'), ('waitlist_taken', 'Waitlist: place taken'), ('boot_code', 'Boot: release code'), ('boot_due', 'Boot: to be brought back'), ('boot_ended', 'Boot: returned, or deposit kept'), ('boot_undone', 'Boot: payment undone (to staff)'), ('appeal_received', 'Appeal received'), ('appeal_question', 'Appeal: more information asked'), ('appeal_decided', 'Appeal decided'), ('vehicle_associated', "Somebody appeals for the person's vehicle"), ('association_answered', 'Association with a vehicle allowed or refused'), ('plate_code', 'Code for all tickets of a plate'), ('ticket_notice', 'Notice of an unpaid ticket'), ('form_submitted', 'Form submitted (to staff)'), ('form_asked', 'Form to be completed'), ('form_decided', 'Form approved or refused'), ('account_closed', 'Account closed'), ('data_ready', 'Copy of the own data ready'), ('payroll', 'Payroll deduction (to the payroll office)'), ('attention', 'Payment needs attention (to staff)'), ('tag_ready', 'Hang tag ready for pick-up'), ('tag_posted', 'Hang tag posted'), ('permit_stolen', 'Printed permit stolen (to staff)'), ('books', 'Books need attention (to staff)')], max_length=30, verbose_name='message')),
                        ('language', models.CharField(choices=[('en', 'English'), ('fr', 'French'), ('es', 'Spanish')], default='en', max_length=5, verbose_name='language')),
                        ('subject', models.CharField(max_length=150, validators=[accounts.models.mail.validate_template], verbose_name='subject')),
                        ('body', models.TextField(help_text='Plain text; a blank line starts a paragraph. Placeholders as in the built-in text, for example {{ name }}.', validators=[accounts.models.mail.validate_template], verbose_name='text')),
                    ],
                    options={
                        'verbose_name': 'e-mail template',
                        'verbose_name_plural': 'e-mail templates',
                        'ordering': ['kind', 'language'],
                        'constraints': [models.UniqueConstraint(fields=('kind', 'language'), name='mail_template_once')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='Mail',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('create_password', 'Create Password link'), ('account_exists', 'Account exists already'), ('password_reset', 'Password reset'), ('password_changed', 'Password changed'), ('second_factor_changed', 'Second factor changed'), ('one_time_password', 'One-time password'), ('email_change_old', 'Change of address, to the old one'), ('email_change_new', 'Change of address, to the new one'), ('email_changed', 'Address changed'), ('acting_started', 'Somebody acts for the person'), ('receipt', 'Receipt'), ('promise', 'Promise to pay'), ('refund', 'Refund'), ('surplus', 'More was paid than was owed'), ('permit_cancelled', 'Permit cancelled'), ('permit_exchanged', 'Permit exchanged'), ('courtesy_car', 'Courtesy car on a permit'), ('cheque_bounced', 'Cheque bounced'), ('hold_lapsed', 'Reserved place released'), ('lot_closed', 'Closure or event in a lot'), ('closure_off', 'Closure or event called off'), ('permit_expires', 'Permit ends soon'), ('text_parked', 'Parking bought by text'), ('card_expires', 'Stored card expires'), ('rollover_failed', 'Permit Rollover: to be paid'), ('rollover_stopped', 'Permit Rollover: ended'), ('rollover_price', 'Permit Rollover: new price'), ('locker_lapsed', 'Reserved locker released'), ('locker_unpaid', 'Reserved locker: to be paid'), ('locker_ends', 'Locker ends soon'), ('locker_empty', 'Locker to be emptied'), ('locker_changed', 'Locker moved or ended'), ('waitlist_joined', 'Waitlist joined'), ('waitlist_offer', 'Waitlist: place offered'), ('waitlist_reminder', 'Waitlist: answer soon'), ('waitlist_lapsed', 'Waitlist: offer over'), ('waitlist_taken', 'Waitlist: place taken'), ('boot_code', 'Boot: release code'), ('boot_due', 'Boot: to be brought back'), ('boot_ended', 'Boot: returned, or deposit kept'), ('boot_undone', 'Boot: payment undone (to staff)'), ('appeal_received', 'Appeal received'), ('appeal_question', 'Appeal: more information asked'), ('appeal_decided', 'Appeal decided'), ('vehicle_associated', "Somebody appeals for the person's vehicle"), ('association_answered', 'Association with a vehicle allowed or refused'), ('plate_code', 'Code for all tickets of a plate'), ('ticket_notice', 'Notice of an unpaid ticket'), ('form_submitted', 'Form submitted (to staff)'), ('form_asked', 'Form to be completed'), ('form_decided', 'Form approved or refused'), ('account_closed', 'Account closed'), ('data_ready', 'Copy of the own data ready'), ('payroll', 'Payroll deduction (to the payroll office)'), ('attention', 'Payment needs attention (to staff)'), ('tag_ready', 'Hang tag ready for pick-up'), ('tag_posted', 'Hang tag posted'), ('permit_stolen', 'Printed permit stolen (to staff)'), ('books', 'Books need attention (to staff)')], max_length=30, verbose_name='message')),
                        ('key', models.CharField(blank=True, editable=False, max_length=80, null=True, unique=True, verbose_name='key')),
                        ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='mails', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('to', models.EmailField(max_length=254, verbose_name='to')),
                        ('language', models.CharField(max_length=5, verbose_name='language')),
                        ('subject', models.CharField(max_length=200, verbose_name='subject')),
                        ('text', models.TextField(verbose_name='text')),
                        ('html', models.TextField(verbose_name='HTML')),
                        ('unsubscribe_url', models.CharField(blank=True, editable=False, max_length=300, verbose_name='unsubscribe link')),
                        ('state', models.CharField(choices=[('queued', 'Waiting'), ('sent', 'Sent'), ('failed', 'Refused')], default='queued', max_length=10, verbose_name='state')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                        ('next_try_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='next try')),
                        ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                        ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                        ('error', models.CharField(blank=True, max_length=250, verbose_name='last answer of the mail server')),
                    ],
                    options={
                        'verbose_name': 'e-mail',
                        'verbose_name_plural': 'e-mails',
                        'ordering': ['-created_at', '-pk'],
                        'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['next_try_at'], name='mail_due'), models.Index(fields=['-created_at', '-id'], name='mail_newest'), models.Index(fields=['to'], name='mail_to_begins', opclasses=['varchar_pattern_ops'])],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='UserType',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.SlugField(max_length=30, unique=True, verbose_name='code')),
                        ('name', models.CharField(max_length=60, verbose_name='name')),
                        ('name_en', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('name_fr', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('name_es', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('open_for_registration', models.BooleanField(default=True, help_text='People may choose it when they create an account.', verbose_name='open for registration')),
                        ('second_factor_required', models.BooleanField(default=False, help_text='Each login asks for a one-time password, as far as the office offers them. Staff are always asked.', verbose_name='one-time password required')),
                        ('text_parking', models.BooleanField(default=True, help_text='They may park by text, in the lots that allow it.', verbose_name='parking by text')),
                        ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                    ],
                    options={
                        'verbose_name': 'user type',
                        'verbose_name_plural': 'user types',
                        'ordering': ['position', 'code'],
                        'indexes': [],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                        ('email', models.EmailField(error_messages={'unique': 'There is an account with this address already. Log in, or use Forgot Password.'}, max_length=254, unique=True, verbose_name='email')),
                        ('first_name', models.CharField(blank=True, max_length=60, verbose_name='first name')),
                        ('last_name', models.CharField(blank=True, max_length=60, verbose_name='last name')),
                        ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, help_text='With the area code, for example 519-555-0142.', max_length=128, region=None, verbose_name='mobile number')),
                        ('texts_from', phonenumber_field.modelfields.PhoneNumberField(blank=True, editable=False, help_text="The mobile number, once a text from it has shown that the phone is this person's.", max_length=128, null=True, region=None, unique=True, verbose_name='number for parking by text')),
                        ('parking_reminder', models.PositiveSmallIntegerField(choices=[(0, 'No reminder'), (5, '5 minutes before'), (10, '10 minutes before'), (15, '15 minutes before'), (20, '20 minutes before'), (25, '25 minutes before'), (30, '30 minutes before')], default=0, help_text='A text before parking that you bought by the hour ends.', verbose_name='Parking Expiry Reminder')),
                        ('organisation_number', models.CharField(blank=True, max_length=30, verbose_name='student or employee number')),
                        ('user_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.usertype', verbose_name='user type')),
                        ('language', models.CharField(choices=[('en', 'English'), ('fr', 'French'), ('es', 'Spanish')], default='en', max_length=5, verbose_name='language')),
                        ('login_source', models.CharField(choices=[('portal', 'Portal password'), ('sso', 'Single sign-on')], default='portal', max_length=10, verbose_name='login source')),
                        ('profile_complete', models.BooleanField(default=False, help_text='Off: every page leads to the profile until it is saved.', verbose_name='profile complete')),
                        ('permit_disclaimer_at', models.DateTimeField(blank=True, null=True, verbose_name='permit disclaimer agreed')),
                        ('locker_disclaimer_at', models.DateTimeField(blank=True, null=True, verbose_name='locker disclaimer agreed')),
                        ('second_factor', models.BooleanField(default=False, help_text='Asks for a one-time password at each login. Staff are always asked.', verbose_name='one-time password')),
                        ('is_staff', models.BooleanField(default=False, help_text='May enter the office, with a one-time password.', verbose_name='office staff')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='joined')),
                        ('session_generation', models.PositiveIntegerField(default=0, editable=False, verbose_name='session generation')),
                        ('closed_at', models.DateTimeField(blank=True, editable=False, help_text='When the person closed the account.', null=True, verbose_name='closed')),
                        ('erased_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='personal details erased')),
                        ('merged_into', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_from', to=settings.AUTH_USER_MODEL, verbose_name='merged into')),
                        ('merged_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='merged')),
                        ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                        ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                    ],
                    options={
                        'verbose_name': 'user',
                        'verbose_name_plural': 'users',
                        'ordering': ['last_name', 'first_name', 'pk'],
                        'permissions': [('act_user', 'Can act for a person'), ('archive_user', 'Can archive people and open closed accounts again'), ('merge_user', 'Can merge two accounts of one person'), ('retype_user', 'Can change the user type of many people')],
                        'indexes': [models.Index(fields=['last_name', 'first_name', 'id'], name='user_by_name'), models.Index(fields=['organisation_number'], name='user_number_begins', opclasses=['varchar_pattern_ops']), models.Index(fields=['phone'], name='user_phone_begins', opclasses=['varchar_pattern_ops']), models.Index(condition=models.Q(('closed_at__isnull', False), ('erased_at', None)), fields=['closed_at'], name='user_closed')],
                        'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_any_case_unique'), models.CheckConstraint(condition=models.Q(('is_active', False), models.Q(('closed_at', None), ('erased_at', None), ('merged_at', None), ('merged_into', None)), _connector='OR'), name='user_gone_is_inactive')],
                    },
                ),
                migrations.CreateModel(
                    name='EmailCategory',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.SlugField(editable=False, max_length=30, unique=True, verbose_name='code')),
                        ('name', models.CharField(max_length=60, verbose_name='name')),
                        ('name_en', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('name_fr', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('name_es', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('description', models.CharField(help_text='What people read behind the ?.', max_length=250, verbose_name='description')),
                        ('description_en', models.CharField(help_text='What people read behind the ?.', max_length=250, null=True, verbose_name='description')),
                        ('description_fr', models.CharField(help_text='What people read behind the ?.', max_length=250, null=True, verbose_name='description')),
                        ('description_es', models.CharField(help_text='What people read behind the ?.', max_length=250, null=True, verbose_name='description')),
                        ('essential', models.BooleanField(default=False, help_text='Always sent; listed on Email Preferences, but cannot be switched off.', verbose_name='essential')),
                        ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                    ],
                    options={
                        'verbose_name': 'e-mail category',
                        'verbose_name_plural': 'e-mail categories',
                        'ordering': ['position', 'code'],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('code__in', ('account', 'receipts')), _negated=True), ('essential', True), _connector='OR'), name='email_category_always_sent', violation_error_message='Receipts and messages about the account are always sent. Tick Essential.')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='EmailOptOut',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='email_opt_outs', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('category', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opt_outs', to='accounts.emailcategory', verbose_name='category')),
                        ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                    ],
                    options={
                        'verbose_name': 'unwanted e-mail category',
                        'verbose_name_plural': 'unwanted e-mail categories',
                        'constraints': [models.UniqueConstraint(fields=('user', 'category'), name='email_opt_out_once')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='ProfilePolicy',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('field', models.CharField(choices=[('first_name', 'First name'), ('last_name', 'Last name'), ('phone', 'Mobile number'), ('organisation_number', 'Student or employee number'), ('address', 'Address')], max_length=30, verbose_name='field')),
                        ('user_type', models.ForeignKey(blank=True, help_text='Empty: everybody without a rule of their own.', null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.usertype', verbose_name='user type')),
                        ('rule', models.CharField(choices=[('hidden', 'Hidden'), ('optional', 'Optional'), ('required', 'Required'), ('read_only', 'Read-only')], default='optional', max_length=10, verbose_name='rule')),
                        ('at_registration', models.BooleanField(default=False, verbose_name='asked at registration')),
                    ],
                    options={
                        'verbose_name': 'profile field',
                        'verbose_name_plural': 'profile fields',
                        'ordering': ['field', 'user_type'],
                        'constraints': [models.UniqueConstraint(fields=('field', 'user_type'), name='profile_rule_once'), models.UniqueConstraint(condition=models.Q(('user_type', None)), fields=('field',), name='profile_rule_for_all_once')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='SamlAnswer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(default=opscom.lib.codes.new_code, max_length=20, unique=True, verbose_name='code')),
                        ('assertion', models.CharField(max_length=64, unique=True, verbose_name='assertion')),
                        ('request_id', models.CharField(max_length=100, verbose_name='request')),
                        ('identity', models.JSONField(null=True, verbose_name='identity')),
                        ('expires_at', models.DateTimeField(db_index=True, verbose_name='expires')),
                    ],
                    options={
                        'verbose_name': 'SAML answer',
                        'verbose_name_plural': 'SAML answers',
                        'indexes': [],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='TextMessage',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('direction', models.CharField(choices=[('in', 'From the person'), ('out', 'To the person')], max_length=3, verbose_name='direction')),
                        ('kind', models.CharField(max_length=30, verbose_name='about')),
                        ('key', models.CharField(blank=True, editable=False, max_length=80, verbose_name='key')),
                        ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='texts', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('number', models.CharField(max_length=20, verbose_name='telephone')),
                        ('office_number', models.CharField(blank=True, max_length=20, verbose_name='number of the office')),
                        ('body', models.TextField(blank=True, verbose_name='text')),
                        ('media', models.PositiveSmallIntegerField(default=0, verbose_name='pictures')),
                        ('answers', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='answer', to='accounts.textmessage', verbose_name='answers')),
                        ('provider_id', models.CharField(blank=True, max_length=64, verbose_name="the gateway's name of it")),
                        ('state', models.CharField(choices=[('received', 'Received'), ('queued', 'Waiting'), ('sending', 'Being sent'), ('unknown', 'Perhaps sent'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('failed', 'Not delivered'), ('dropped', 'Not wanted any more')], max_length=10, verbose_name='state')),
                        ('segments', models.PositiveSmallIntegerField(default=1, verbose_name='segments')),
                        ('price', models.DecimalField(decimal_places=4, default=Decimal('0.0000'), max_digits=8, verbose_name='price')),
                        ('error_code', models.CharField(blank=True, max_length=10, verbose_name='error code')),
                        ('error', models.CharField(blank=True, max_length=250, verbose_name='last answer of the gateway')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                        ('next_try_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='next try')),
                        ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                        ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                        ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                        ('delivered_at', models.DateTimeField(blank=True, null=True, verbose_name='delivered')),
                    ],
                    options={
                        'verbose_name': 'text',
                        'verbose_name_plural': 'texts',
                        'ordering': ['-created_at', '-pk'],
                        'indexes': [models.Index(condition=models.Q(('state__in', ('queued', 'sending'))), fields=['next_try_at'], name='text_due'), models.Index(fields=['-created_at', '-id'], name='text_newest'), models.Index(fields=['number'], name='text_number_begins', opclasses=['varchar_pattern_ops'])],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('key',), name='text_key_once'), models.UniqueConstraint(condition=models.Q(('provider_id', ''), _negated=True), fields=('provider_id',), name='text_provider_id_once'), models.CheckConstraint(condition=models.Q(models.Q(('direction', 'in'), ('state', 'received')), models.Q(('direction', 'out'), models.Q(('state', 'received'), _negated=True)), _connector='OR'), name='text_received_is_incoming')],
                    },
                ),
                migrations.CreateModel(
                    name='TextOptOut',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=20, validators=[django.core.validators.RegexValidator('^\\+?[0-9]{3,15}$', 'Write it in full, for example +15195550142.')], verbose_name='telephone')),
                        ('source', models.CharField(choices=[('text', 'By text'), ('carrier', 'Told by the gateway'), ('office', 'By the office')], default='text', max_length=10, verbose_name='how')),
                        ('since', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                        ('until', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                    ],
                    options={
                        'verbose_name': 'number without texts',
                        'verbose_name_plural': 'numbers without texts',
                        'ordering': ['-since', '-pk'],
                        'indexes': [models.Index(fields=['number'], name='optout_number_begins', opclasses=['varchar_pattern_ops'])],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('number',), name='text_opt_out_once')],
                    },
                ),
                migrations.CreateModel(
                    name='TextLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=20, verbose_name='telephone')),
                        ('office_number', models.CharField(blank=True, max_length=20, verbose_name='number of the office')),
                    ],
                    options={
                        'verbose_name': 'text line',
                        'verbose_name_plural': 'text lines',
                        'constraints': [models.UniqueConstraint(fields=('number', 'office_number'), name='text_line_once')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='AccountUpload',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(default=accounts.models.upload.upload_code, editable=False, max_length=20, unique=True, verbose_name='code')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('kind', models.CharField(choices=[('pdf', 'PDF'), ('png', 'PNG'), ('jpg', 'JPG')], max_length=4, verbose_name='kind')),
                        ('size', models.PositiveIntegerField(help_text='In bytes, as it is stored.', verbose_name='size')),
                        ('digest', models.CharField(editable=False, help_text='SHA-256 of the file as it came.', max_length=64)),
                        ('file', models.FileField(blank=True, upload_to=accounts.models.upload.upload_path, verbose_name='file')),
                        ('thumb', models.FileField(blank=True, upload_to=accounts.models.upload.thumb_path, verbose_name='small picture')),
                        ('state', django_fsm.FSMField(choices=[('checking', 'Being checked'), ('ready', 'Received'), ('taken', 'Taken into account'), ('refused', 'Refused')], default='ready', max_length=10, protected=True, verbose_name='state')),
                        ('uploaded_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='uploaded')),
                    ],
                    options={
                        'verbose_name': 'uploaded document',
                        'verbose_name_plural': 'uploaded documents',
                        'ordering': ['-uploaded_at', '-pk'],
                        'indexes': [models.Index(condition=models.Q(('state', 'checking')), fields=['uploaded_at'], name='upload_waiting')],
                        'constraints': [models.UniqueConstraint(fields=('user', 'digest'), name='upload_once')],
                    },
                ),
                migrations.CreateModel(
                    name='UploadEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(verbose_name='when')),
                        ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                        ('acting', models.ForeignKey(blank=True, default=opscom.lib.acting.current_actor, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acted for the person')),
                        ('from_state', models.CharField(blank=True, max_length=20, verbose_name='from')),
                        ('to_state', models.CharField(max_length=20, verbose_name='to')),
                        ('reason', models.CharField(blank=True, max_length=250, verbose_name='reason')),
                        ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='accounts.accountupload')),
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
            ],
        ),
        migrations.RunPython(names.index_names, names.drop_names),
    ]
