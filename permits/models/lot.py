"""Where one can park."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import UserType
from opscom.lib.weektimes import check_times

Keys = Mapping[str, str]


class SpaceKind(models.TextChoices):
    """For whom or what a space is meant."""

    STANDARD = "standard", _("Standard")
    ACCESSIBLE = "accessible", _("Accessible")
    VISITOR = "visitor", _("Visitor")
    ELECTRIC = "electric", _("Electric, with charger")
    MOTORCYCLE = "motorcycle", _("Motorcycle")


class LotGroup(models.Model):
    """Lots that stand together on the Permits page: a campus, a side of the town."""

    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    shared = models.BooleanField(
        _("permits hold in the whole group"),
        default=False,
        help_text=_("Enforcement sees a permit for one lot as covered in every lot of the group."),
    )

    per_person = models.PositiveSmallIntegerField(
        _("permits of one person"),
        null=True,
        blank=True,
        help_text=_("How many standard permits a person may hold in its lots at the same time. Empty: any number."),
    )

    class Meta:
        verbose_name = _("lot group")
        verbose_name_plural = _("lot groups")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class LotQuerySet(models.QuerySet["Lot"]):
    """Questions about lots."""

    def for_type_of(self, user: object) -> "LotQuerySet":
        """Lots that sell to this person's type; no user types on a lot means everybody."""
        return self.for_type(getattr(user, "user_type_id", None))

    def for_type(self, user_type: int | None) -> "LotQuerySet":
        """Lots that sell to people of that type, by its key."""
        return self.filter(Q(user_types=None) | Q(user_types=user_type)).distinct()

    def listed(self) -> "LotQuerySet":
        """Lots that the portal lists."""
        return self.filter(visibility=Lot.Visibility.VISIBLE)

    def visible_to(self, user: object) -> "LotQuerySet":
        """Lots that the portal lists for this person."""
        return self.for_type_of(user).listed()

    def open_to(self, user: object) -> "LotQuerySet":
        """Lots that sell to this person, listed or by their link."""
        return self.open_to_type(getattr(user, "user_type_id", None))

    def open_to_type(self, user_type: int | None) -> "LotQuerySet":
        """The same for people of that type, by its key."""
        return self.for_type(user_type).exclude(visibility=Lot.Visibility.HIDDEN)

    def with_closing(self, at: datetime, *, days: int) -> "LotQuerySet":
        """With the next closure that people read of, if there is one."""
        blocks = LotBlock.objects.shown(at, days=days).filter(lot=OuterRef("pk"))
        return self.annotate(
            closing_text=Subquery(blocks.values("text")[:1]),
            closing_from=Subquery(blocks.values("starts_at")[:1]),
            closing_until=Subquery(blocks.values("ends_at")[:1]),
        )

    def by_group(self) -> "LotQuerySet":
        """In the order of the Permits page: group by group, those without one at the end."""
        return self.select_related("group").order_by(*order_of_lots())


def order_of_lots(path: str = "") -> list[OrderBy]:
    """Group by group, lots without one at the end; `path` leads from another model to the lot."""
    names = ("group__position", "group", "position", "code")
    return [F(f"{path}{name}").asc(nulls_last=True) for name in names]


class Lot(models.Model):
    """A lot or zone with so many spaces."""

    class Zone(models.TextChoices):
        NONE = "", _("None")
        BLACK = "black", _("Black")
        RED = "red", _("Red")
        YELLOW = "yellow", _("Yellow")
        GREEN = "green", _("Green")

    class Visibility(models.TextChoices):
        VISIBLE = "visible", _("Visible")
        HIDDEN = "hidden", _("Hidden")
        DIRECT = "direct", _("Only by direct link or QR")

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.TextField(_("description"), blank=True, max_length=500)
    group = models.ForeignKey(
        LotGroup, verbose_name=_("lot group"), null=True, blank=True, on_delete=models.SET_NULL, related_name="lots"
    )
    zone = models.CharField(_("zone colour"), max_length=10, choices=Zone.choices, blank=True, default=Zone.NONE)
    spaces = models.PositiveIntegerField(_("spaces"))
    accessible_spaces = models.PositiveIntegerField(_("accessible"), default=0)
    visitor_spaces = models.PositiveIntegerField(_("visitor"), default=0)
    electric_spaces = models.PositiveIntegerField(_("electric, with charger"), default=0)
    motorcycle_spaces = models.PositiveIntegerField(_("motorcycle"), default=0)
    visibility = models.CharField(
        _("visibility"),
        max_length=10,
        choices=Visibility.choices,
        default=Visibility.VISIBLE,
        help_text=_(
            "Hidden: nobody sees the lot, and permits already sold stay valid. Only by direct link or QR: the Permits page "
            "does not list it, its own page sells."
        ),
    )
    password = models.CharField(_("password"), max_length=128, blank=True, editable=False)
    user_types = models.ManyToManyField(
        UserType, verbose_name=_("user types"), blank=True, help_text=_("Who may buy here. None chosen: everybody.")
    )
    text_parking = models.BooleanField(
        _("parking by text"),
        default=False,
        help_text=_(
            "Its temporary permits are also sold by text message, to people whose stored card may pay them. A lot with a password, "
            "or one that is not listed, is not."
        ),
    )
    free_times = models.TextField(
        _("no permit needed"),
        blank=True,
        max_length=500,
        validators=[check_times],
        help_text=_(
            "Times at which every vehicle may stand here, one to a line: 17:00-08:00, sat,sun, or 05-01..08-31. Empty: "
            "never. The plate check knows them."
        ),
    )
    free_without_debts = models.BooleanField(
        _("not for plates with unpaid tickets"),
        default=False,
        help_text=_("On: at these times only vehicles that owe no ticket may stand here without a permit."),
    )
    closed_times = models.TextField(
        _("no parking"),
        blank=True,
        max_length=500,
        validators=[check_times],
        help_text=_(
            "Times at which nobody may stand here, not even with a permit, written in the same way: 02:00-05:00 12-01..03-31"
        ),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    per_person = models.PositiveSmallIntegerField(
        _("permits of one person"),
        null=True,
        blank=True,
        help_text=_("How many standard permits a person may hold here at the same time. Empty: any number."),
    )

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                name="lot_kinds_fit",
                condition=Q(
                    spaces__gte=F("accessible_spaces")
                    + F("visitor_spaces")
                    + F("electric_spaces")
                    + F("motorcycle_spaces")
                ),
                violation_error_message=_("The kinds together are more than the lot's spaces. Lower one of them."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kinds(self) -> list[tuple[SpaceKind, int]]:
        """How many of its spaces are of which kind; nothing where all are standard ones."""
        special = [(kind, int(getattr(self, f"{kind}_spaces"))) for kind in SpaceKind if kind is not SpaceKind.STANDARD]
        rest = self.spaces - sum(n for _kind, n in special)
        found = [(kind, n) for kind, n in [(SpaceKind.STANDARD, rest), *special] if n]
        return [] if rest == self.spaces else found

    def set_password(self, text: str) -> None:
        """The password that the lot asks for, kept as a hash; none for an empty text."""
        self.password = make_password(text) if text else ""

    def takes_password(self, text: str) -> bool:
        """That is its password."""
        return check_password(text, self.password)

    @property
    def key(self) -> str:
        """What a session keeps of the password once it was entered: another password is another key."""
        return hashlib.sha256(self.password.encode()).hexdigest()[:16]

    def opens_with(self, keys: Keys) -> bool:
        """It asks for no password, or this session has entered it."""
        return not self.password or keys.get(str(self.pk)) == self.key


class LotCover(models.Model):
    """Permits for `lot` hold in the lot `also`, too; not the other way round."""

    lot = models.ForeignKey(Lot, verbose_name=_("permits for"), on_delete=models.CASCADE, related_name="covers")
    also = models.ForeignKey(Lot, verbose_name=_("hold in"), on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("permits hold elsewhere, too")
        verbose_name_plural = _("permits hold elsewhere, too")
        ordering = ["lot", "also"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "also"], name="lot_cover_once"),
            models.CheckConstraint(
                name="lot_cover_another",
                condition=~Q(lot=F("also")),
                violation_error_message=_("Choose another lot."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot} → {self.also}"


class LotBlockQuerySet(models.QuerySet["LotBlock"]):
    """Questions about closures."""

    def shown(self, at: datetime, *, days: int) -> "LotBlockQuerySet":
        """Those that people read of from so many days before until their end, with their `text` in the reader's language or,
        where the office wrote none, another one."""
        own = get_language()
        languages = sorted((code for code, _name in settings.LANGUAGES), key=lambda code: code != own)
        texts = [NullIf(f"public_text_{code}", Value("")) for code in languages]
        found = self.filter(ends_at__gt=at, starts_at__lte=at + timedelta(days=days), called_off_at=None)
        return (
            found.annotate(text=Coalesce(*texts, Value(""), output_field=models.CharField()))
            .exclude(text="")
            .order_by("starts_at")
        )


class LotBlock(models.Model):
    """Spaces that are not there for a while, from one moment to another: a closure, an event, works. Whole days begin and end
    at midnight."""

    lot = models.ForeignKey(Lot, verbose_name=_("lot"), on_delete=models.CASCADE, related_name="blocks")
    spaces = models.PositiveIntegerField(
        _("spaces"),
        null=True,
        blank=True,
        help_text=_(
            "How many are taken from sale meanwhile. Empty: the whole lot. 0: none, the text below is shown only."
        ),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("ends"))
    reason = models.CharField(_("reason"), max_length=120, help_text=_("For the office."))
    public_text = models.CharField(
        _("text for people"),
        max_length=300,
        blank=True,
        help_text=_("Stands on the lot's card and on permits from some days before. Empty: nothing does."),
    )
    notify = models.BooleanField(
        _("write to permit holders"),
        default=False,
        help_text=_("You see how many that are before anything is sent."),
    )
    announced_at = models.DateTimeField(_("announced"), null=True, editable=False)
    notified_to = models.BigIntegerField(default=0, editable=False)
    notified_at = models.DateTimeField(_("everybody written to"), null=True, editable=False)
    called_off_at = models.DateTimeField(_("called off"), null=True, editable=False)
    recalled_to = models.BigIntegerField(default=0, editable=False)
    recalled_at = models.DateTimeField(_("everybody told that it is called off"), null=True, editable=False)

    objects = LotBlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("closure or event")
        verbose_name_plural = _("closures and events")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="block_moments_forward",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("It ends after it starts."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.lot}: {self.reason}"
