"""Three forms that the office has built, and what people submitted: waiting, asked back, approved, one without an account."""

from typing import Any

from accounts.models import AccountUpload
from forms_module.models import FormDefinition, FormField, Submission
from forms_module.services.answering import begin_submission, save_answers, submit_form
from forms_module.services.publishing import publish_form
from forms_module.services.reviewing import ask_back, decide_submission
from opscom.management.demo.world import World

YES_NO = {"choices_en": "Yes\nNo", "choices_fr": "Oui\nNon", "choices_es": "Sí\nNo"}
MOVING = (
    {
        "key": "day", "kind": "date", "required": True, "label_en": "On which day do you move?",
        "label_fr": "Quel jour déménagez-vous?", "label_es": "¿Qué día se muda?",
    },
    {
        "key": "van", "kind": "choice", "required": True, "label_en": "Do you bring a van?",
        "label_fr": "Venez-vous avec un camion?", "label_es": "¿Trae una camioneta?", **YES_NO,
    },
    {
        "key": "metres", "kind": "number", "required": True, "shown_when": "van", "shown_value": "Yes",
        "label_en": "How long is it, in metres?", "label_fr": "Quelle est sa longueur, en mètres?",
        "label_es": "¿Cuánto mide, en metros?",
    },
    {
        "key": "needs", "kind": "choices", "label_en": "What do you need?", "label_fr": "De quoi avez-vous besoin?",
        "label_es": "¿Qué necesita?", "choices_en": "Trolley\nLift key\nLoading bay",
        "choices_fr": "Chariot\nClé de l’ascenseur\nQuai de chargement",
        "choices_es": "Carrito\nLlave del ascensor\nZona de carga",
    },
    {
        "key": "car", "kind": "vehicle", "starts_page": True, "label_en": "Your own vehicle",
        "label_fr": "Votre propre véhicule", "label_es": "Su propio vehículo",
    },
    {
        "key": "note", "kind": "long_text", "label_en": "Anything else", "label_fr": "Autre chose",
        "label_es": "Algo más",
    },
    {
        "key": "bay", "kind": "agree", "required": True, "label_en": "I leave the loading bay as I found it.",
        "label_fr": "Je laisse le quai de chargement comme je l’ai trouvé.",
        "label_es": "Dejo la zona de carga como la encontré.",
    },
)  # fmt: skip
EVENT = (
    {
        "key": "event", "required": True, "label_en": "What is the event?", "label_fr": "Quel est l’événement?",
        "label_es": "¿Qué evento es?",
    },
    {
        "key": "begins", "kind": "moment", "required": True, "label_en": "When does it begin?",
        "label_fr": "Quand commence-t-il?", "label_es": "¿Cuándo empieza?",
    },
    {
        "key": "cars", "kind": "number", "required": True, "label_en": "How many cars do you expect?",
        "label_fr": "Combien de voitures attendez-vous?", "label_es": "¿Cuántos autos espera?",
    },
    {
        "key": "lot", "kind": "lot", "label_en": "Nearest lot", "label_fr": "Stationnement le plus proche",
        "label_es": "Estacionamiento más cercano",
    },
)  # fmt: skip
SPACE = (
    {
        "key": "permit", "kind": "permit", "label_en": "For which permit?", "label_fr": "Pour quel permis?",
        "label_es": "¿Para qué permiso?",
    },
    {
        "key": "why", "kind": "long_text", "required": True, "label_en": "What do you need, and until when?",
        "label_fr": "De quoi avez-vous besoin, et jusqu’à quand?", "label_es": "¿Qué necesita y hasta cuándo?",
    },
    {
        "key": "paper", "kind": "file", "label_en": "A paper that supports it", "label_fr": "Un document à l’appui",
        "label_es": "Un documento que lo respalde",
        "help_text_en": "PDF, PNG or JPG, 12 MB at most.", "help_text_fr": "PDF, PNG ou JPG, 12 Mo au plus.",
        "help_text_es": "PDF, PNG o JPG, 12 MB como máximo.",
    },
)  # fmt: skip


def make_forms(world: World) -> None:
    """The forms, then what people submitted in the order of time."""
    moving = _make(
        MOVING,
        name_en="Move-in and move-out help", name_fr="Aide au déménagement", name_es="Ayuda con la mudanza",
        description_en="Tell us when you move, and we keep the loading bay free for you.",
        description_fr="Dites-nous quand vous déménagez, et nous vous gardons le quai de chargement.",
        description_es="Díganos cuándo se muda y le reservamos la zona de carga.",
    )  # fmt: skip
    event = _make(
        EVENT, public=True,
        name_en="Event parking", name_fr="Stationnement pour un événement", name_es="Estacionamiento para un evento",
        description_en="For organisers of events with more than ten cars. No account is needed.",
        description_fr="Pour qui organise un événement de plus de dix voitures. Aucun compte n’est nécessaire.",
        description_es="Para quienes organizan un evento con más de diez autos. No hace falta una cuenta.",
    )  # fmt: skip
    space = _make(
        SPACE, once=True,
        name_en="Accessible space", name_fr="Place accessible", name_es="Lugar accesible",
        description_en="Ask for a space near the door, for a while or for good.",
        description_fr="Demandez une place près de la porte, pour un temps ou pour de bon.",
        description_es="Pida un lugar cerca de la puerta, por un tiempo o para siempre.",
    )  # fmt: skip
    _moves(world, moving)
    _asks(world, space)
    guest = begin_submission(event, user=None, language="en", at=world.ago(1, 15))
    begins = world.ago(0, 0).replace(hour=18).isoformat()
    said = {"event": "Choir festival", "begins": begins, "cars": "45"}
    save_answers(guest, answers=said, name="Robin Tremblay", email="choir@example.test")
    submit_form(guest, by=None, at=world.ago(1, 15, 20))


def _moves(world: World, form: FormDefinition) -> None:
    said = {"van": "Yes", "metres": "6.5", "needs": ["Trolley", "Loading bay"], "bay": True}
    first = _submit(world, form, "resident", days=12, answers={"day": world.ago(3, 9).date().isoformat(), **said})
    comment = "The loading bay is yours from 9 to 12."
    decide_submission(first, decision="approved", comment=comment, by=world.login("frontdesk"), at=world.ago(11, 10))
    _submit(world, form, "employee", days=2, answers={"day": world.today.isoformat(), "van": "No", "bay": True})


def _asks(world: World, form: FormDefinition) -> None:
    paper = AccountUpload.objects.filter(user=world.login("resident.es")).order_by("pk").first()
    said: dict[str, Any] = {"why": "Tengo una pierna enyesada hasta fin de mes."}
    if paper:
        said["paper"] = {"key": paper.code, "text": paper.name}
    asked = _submit(world, form, "resident.es", days=1, answers=said)
    ask_back(asked, comment="¿Para qué permiso es?", by=world.login("frontdesk"), at=world.ago(0, 9))


def _make(questions: tuple[dict[str, Any], ...], **fields: Any) -> FormDefinition:
    form = FormDefinition.objects.create(notify_email="forms@example.test", **fields)
    for position, question in enumerate(questions):
        FormField.objects.create(**{"form": form, "position": 10 * position, "kind": "text", **question})
    return publish_form(form)


def _submit(world: World, form: FormDefinition, name: str, *, days: int, answers: dict[str, Any]) -> Submission:
    user, at = world.login(name), world.ago(days, 8, 30)
    submission = begin_submission(form, user=user, language=user.language, at=at)
    return submit_form(save_answers(submission, answers=answers), by=user, at=at)
