"""Companies whose managers act for their people, and every time that somebody acted for somebody."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import new_code


class Company(models.Model):
    """An employer or tenant that looks after the parking of its own people."""

    name = models.CharField(_("name"), max_length=100)
    code = models.SlugField(_("code"), max_length=30, unique=True)
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: its managers see no company pages and act for nobody.")
    )
    billing_address = models.TextField(_("billing address"), blank=True, max_length=500)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class CompanyMembershipQuerySet(models.QuerySet["CompanyMembership"]):
    """Questions about who belongs to a company."""

    def present(self) -> "CompanyMembershipQuerySet":
        """Those who belong to a company now: neither switched off nor without an account."""
        return self.filter(active=True, company__active=True, user__is_active=True)

    def paying(self) -> "CompanyMembershipQuerySet":
        """Those who see and pay the invoice."""
        return self.present().filter(Q(role=CompanyMembership.Role.MANAGER) | Q(billing_contact=True))

    def matching(self, words: str) -> "CompanyMembershipQuerySet":
        """Those in whose name, address or number each of the words is found."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(user__first_name__icontains=word)
                | Q(user__last_name__icontains=word)
                | Q(user__email__icontains=word)
                | Q(user__organisation_number__icontains=word)
            )
        return found


class CompanyMembership(models.Model):
    """A person of one company. Its managers act for the person while the consent holds: given, and not revoked since."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        MANAGER = "manager", _("Manager")

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    company = models.ForeignKey(
        Company, verbose_name=_("company"), on_delete=models.PROTECT, related_name="memberships"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="membership"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: no longer with the company. Managers lose their rights at once.")
    )
    billing_contact = models.BooleanField(
        _("billing contact"),
        default=False,
        help_text=_("Sees and pays the company invoice, as managers do. One person a company."),
    )
    consent_given_at = models.DateTimeField(
        _("consent given"),
        null=True,
        blank=True,
        default=timezone.now,
        help_text=_("When the person agreed that managers act for them. Empty: not yet, so nobody may."),
    )
    consent_revoked_at = models.DateTimeField(_("consent revoked"), null=True, blank=True)

    objects = CompanyMembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("company member")
        verbose_name_plural = _("company members")
        ordering = ["user__last_name", "user__first_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=Q(billing_contact=True), name="company_one_billing_contact"
            ),
            models.CheckConstraint(
                name="company_consent_in_order",
                condition=Q(consent_revoked_at=None) | Q(consent_revoked_at__gte=F("consent_given_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.company}"

    @property
    def is_present(self) -> bool:
        """Belongs to a company that is active; reads the company."""
        return self.active and self.company.active

    @property
    def is_manager(self) -> bool:
        """May look after the company's people now."""
        return self.is_present and self.role == self.Role.MANAGER

    @property
    def sees_invoice(self) -> bool:
        """May see and pay what the company's people owe."""
        return self.is_manager or (self.is_present and self.billing_contact)

    @property
    def consents(self) -> bool:
        """Whether the person lets managers act for them."""
        return self.consent_given_at is not None and self.consent_revoked_at is None


class ActAsSessionQuerySet(models.QuerySet["ActAsSession"]):
    """Questions about who acts for whom."""

    def running(self) -> "ActAsSessionQuerySet":
        """Not ended yet; the time of some may be over all the same."""
        return self.filter(ended_at=None)

    def for_user(self, user: object) -> "ActAsSessionQuerySet":
        """Where somebody acted for that person."""
        return self.filter(person=user)

    def overdue(self, at: datetime) -> "ActAsSessionQuerySet":
        """Still running although their time is over."""
        return self.running().filter(expires_at__lte=at)


class ActAsSession(models.Model):
    """Somebody acts for a person, for a while: a manager of the person's company, or staff with a reason."""

    class Ended(models.TextChoices):
        RUNNING = "", _("Runs")
        BACK = "back", _("Went back")
        EXPIRED = "expired", _("Time was over")
        REVOKED = "revoked", _("The person revoked the consent")
        LOGGED_OUT = "logged_out", _("Logged out")
        REPLACED = "replaced", _("Acted for somebody else")
        PUT_OUT = "put_out", _("Lost the right to")

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who acts"), on_delete=models.PROTECT, related_name="acts"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("for whom"), on_delete=models.PROTECT, related_name="acted_for"
    )
    company = models.ForeignKey(
        Company,
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: staff of the parking office."),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("began"), default=timezone.now)
    expires_at = models.DateTimeField(_("ends at the latest"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended = models.CharField(_("how it ended"), max_length=10, choices=Ended.choices, blank=True, default=Ended.RUNNING)

    objects = ActAsSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("acting for a person")
        verbose_name_plural = _("acting for people")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["actor"], condition=Q(ended_at=None), name="act_as_one_at_a_time"),
            models.CheckConstraint(name="act_as_not_oneself", condition=~Q(actor=F("person"))),
            models.CheckConstraint(name="act_as_bounded", condition=Q(expires_at__gt=F("started_at"))),
            models.CheckConstraint(
                name="act_as_end_whole",
                condition=Q(ended_at=None, ended="") | (Q(ended_at__isnull=False) & ~Q(ended="")),
            ),
            models.CheckConstraint(name="act_as_company_or_reason", condition=Q(company__isnull=False) | ~Q(reason="")),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="act_as_newest"),
            models.Index(fields=["person", "-started_at"], name="act_as_person"),
            models.Index(fields=["expires_at"], name="act_as_running", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.actor} → {self.person}"
