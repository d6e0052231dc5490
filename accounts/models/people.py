"""Who uses the portal."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


class UserType(models.Model):
    """What a person is to the office: student, staff, tenant, member of the public."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    open_for_registration = models.BooleanField(
        _("open for registration"), default=True, help_text=_("People may choose it when they create an account.")
    )
    second_factor_required = models.BooleanField(
        _("one-time password required"),
        default=False,
        help_text=_(
            "Each login asks for a one-time password, as far as the office offers them. Staff are always asked."
        ),
    )
    text_parking = models.BooleanField(
        _("parking by text"), default=True, help_text=_("They may park by text, in the lots that allow it.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("user type")
        verbose_name_plural = _("user types")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class ParkingReminder(models.IntegerChoices):
    """How many minutes before its parking ends a person is texted (TXT-5)."""

    NONE = 0, _("No reminder")
    FIVE = 5, _("5 minutes before")
    TEN = 10, _("10 minutes before")
    FIFTEEN = 15, _("15 minutes before")
    TWENTY = 20, _("20 minutes before")
    TWENTY_FIVE = 25, _("25 minutes before")
    THIRTY = 30, _("30 minutes before")


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """A user with that address; without a password none is usable until the person sets one."""
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """An operator with every right in the office."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, profile_complete=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. The e-mail address, in lower case, is the login."""

    class LoginSource(models.TextChoices):
        PORTAL = "portal", _("Portal password")
        SSO = "sso", _("Single sign-on")

    email = models.EmailField(
        _("email"),
        error_messages={"unique": _("There is an account with this address already. Log in, or use Forgot Password.")},
        unique=True,
    )
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    last_name = models.CharField(_("last name"), max_length=60, blank=True)
    phone = PhoneNumberField(
        _("mobile number"), blank=True, help_text=_("With the area code, for example 519-555-0142.")
    )
    texts_from = PhoneNumberField(
        _("number for parking by text"),
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text=_("The mobile number, once a text from it has shown that the phone is this person's."),
    )
    parking_reminder = models.PositiveSmallIntegerField(
        _("Parking Expiry Reminder"),
        choices=ParkingReminder.choices,
        default=ParkingReminder.NONE,
        help_text=_("A text before parking that you bought by the hour ends."),
    )
    boot_code_by_text = models.BooleanField(
        _("Boot release code by text"),
        default=False,
        help_text=_("When a boot on your vehicle is paid for, its code comes to your confirmed phone, too."),
    )
    organisation_number = models.CharField(_("student or employee number"), max_length=30, blank=True)
    user_type = models.ForeignKey(
        UserType, verbose_name=_("user type"), null=True, blank=True, on_delete=models.PROTECT
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    login_source = models.CharField(
        _("login source"), max_length=10, choices=LoginSource.choices, default=LoginSource.PORTAL
    )
    profile_complete = models.BooleanField(
        _("profile complete"), default=False, help_text=_("Off: every page leads to the profile until it is saved.")
    )
    permit_disclaimer_at = models.DateTimeField(_("permit disclaimer agreed"), null=True, blank=True)
    locker_disclaimer_at = models.DateTimeField(_("locker disclaimer agreed"), null=True, blank=True)
    second_factor = models.BooleanField(
        _("one-time password"),
        default=False,
        help_text=_("Asks for a one-time password at each login. Staff are always asked."),
    )
    is_staff = models.BooleanField(
        _("office staff"), default=False, help_text=_("May enter the office, with a one-time password.")
    )
    been_staff = models.BooleanField(_("has been office staff"), default=False, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    idle_told_at = models.DateTimeField(_("told that nobody uses the account"), null=True, blank=True, editable=False)
    idle_until = models.DateField(_("account kept until"), null=True, blank=True, editable=False)
    session_generation = models.PositiveIntegerField(_("session generation"), default=0, editable=False)
    closed_at = models.DateTimeField(
        _("closed"), null=True, blank=True, editable=False, help_text=_("When the person closed the account.")
    )
    erased_at = models.DateTimeField(_("personal details erased"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("merged into"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged_from",
    )
    merged_at = models.DateTimeField(_("merged"), null=True, blank=True, editable=False)

    if TYPE_CHECKING:

        def is_verified(self) -> bool:
            """Has this session passed the second factor? Added by django-otp's middleware."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["last_name", "first_name", "pk"]
        permissions = [
            ("act_user", _("Can act for a person")),
            ("archive_user", _("Can archive people and open closed accounts again")),
            ("merge_user", _("Can merge two accounts of one person")),
            ("retype_user", _("Can change the user type of many people")),
        ]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case_unique"),
            models.CheckConstraint(
                name="user_gone_is_inactive",
                condition=models.Q(is_active=False)
                | models.Q(closed_at=None, erased_at=None, merged_into=None, merged_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="user_by_name"),
            models.Index(fields=["organisation_number"], name="user_number_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["phone"], name="user_phone_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(
                fields=["closed_at"], name="user_closed", condition=models.Q(closed_at__isnull=False, erased_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_full_name()} <{self.email}>" if self.first_name else self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What somebody did in the office stays in its trail when they leave."""
        self.been_staff = self.been_staff or self.is_staff
        if "is_staff" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*kwargs["update_fields"], "been_staff"}
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What each session must hold: beside the password the generation, so that counting up ends all at once."""
        value = f"{self.password}:{self.session_generation}" if self.session_generation else self.password
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        """First and last name, or the address of someone who has not given a name yet."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self) -> str:
        """How the portal greets the person."""
        return self.first_name or self.email
