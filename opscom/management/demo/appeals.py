"""Appeals in every state, for tickets of people who have no login of their own; and the office's canned texts."""

from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from opscom.management.demo.papers import draw_paper
from opscom.management.demo.world import World
from violations.models import Appeal, CannedText, Violation
from violations.services.appeals.deciding import ask_for_more, decide_appeal, preview_decision
from violations.services.appeals.drafting import begin_appeal, save_draft, submit_appeal
from violations.services.appeals.evidence import add_evidence, look_at

REASONS = (
    "I had paid at the meter. The slip fell off the dashboard when I shut the door; a photo of it is attached.",
    "The sign was behind a branch. I could not see that the lot is for permits only.",
    "My permit is for this lot. I had borrowed this car for one day while mine was at the garage.",
    "I was loading for five minutes and stayed beside the car.",
)
CANNED = (
    (
        "First time",
        "This is your first ticket, so we meet you half-way. Next time the full fine holds.",
        "C’est votre premier constat, alors nous faisons la moitié du chemin. La prochaine fois, l’amende entière s’applique.",
        "Es su primera infracción, así que la reducimos. La próxima vez se aplica la multa completa.",
    ),
    (
        "Sign was visible",
        "The officer’s photos show the sign, and nothing hides it. The ticket stands.",
        "Les photos de l’agent montrent le panneau, et rien ne le cache. Le constat est maintenu.",
        "Las fotos del agente muestran el letrero, y nada lo tapa. La multa se mantiene.",
    ),
)


def add_appeals(world: World) -> None:
    """One to decide; one that was asked about, with a file; one upheld; one draft."""
    for name, en, fr, es in CANNED:
        CannedText.objects.create(name=name, text_en=en, text_fr=fr, text_es=es)
    recent = Violation.objects.unpaid().filter(
        charge__payer__in=world.people, issued_at__gt=world.now - timedelta(days=9), charge__blocked=""
    )
    tickets = recent.exclude(charge__payer__in=world.logins.values()).select_related("charge__payer").order_by("pk")
    for violation, reason, follow in zip(tickets, REASONS, (_leave, _ask, _uphold, None), strict=False):
        appeal = _write(violation, reason)
        if follow:
            at = min(violation.issued_at + timedelta(days=1), world.now)
            follow(world, submit_appeal(appeal, by=appeal.user, at=at), at)


def _write(violation: Violation, reason: str) -> Appeal:
    payer = violation.charge.payer if violation.charge else None
    appeal = begin_appeal(violation, user=payer, language="en", at=violation.issued_at)
    return save_draft(appeal, reason=reason)


def _leave(_world: World, appeal: Appeal, _at: datetime) -> None:
    """It waits for a decision."""


def _ask(world: World, appeal: Appeal, at: datetime) -> None:
    slip = SimpleUploadedFile("Permit.jpg", draw_paper("Permit", "JPEG"))
    appeal = ask_for_more(appeal, question="Please send a photo of your permit.", by=world.login("appeals"), at=at)
    add_evidence(appeal, files=[slip], at=at)
    look_at(appeal.files.get().pk, at=at)


def _uphold(world: World, appeal: Appeal, at: datetime) -> None:
    by, text = world.login("appeals"), CannedText.objects.get(name="Sign was visible").text
    seen = preview_decision(appeal, decision=Appeal.State.UPHELD, by=by)
    decide_appeal(appeal, decision=Appeal.State.UPHELD, response=text, by=by, expected=(seen.owed, seen.back), at=at)
