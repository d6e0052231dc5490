"""The dialogue of the guide in French and Spanish, word by word, from the first text to the end of what was extended."""

import pytest

from accounts.models import Mail
from permits.models import Permit
from tests.payments.vault import Machine
from tests.permits.parkme.driver import make_driver, text_lot

pytestmark = pytest.mark.django_db
FRENCH = (
    ("ParkMe", "Text2ParkMe : textez P pour stationner ou Q pour quitter."),
    ("P", "Textez le numéro du stationnement voulu, ou Q pour quitter.\n1 Yellow Lot"),
    ("1", "Yellow Lot : textez le nombre de minutes voulu, ou L pour les stationnements."),
    (
        "90",
        "Yellow Lot, 90 minutes, jusqu'à 13:30 : 3,00 $ sur votre carte Visa 4242. "
        "Textez C pour continuer ou L pour revenir aux stationnements.",
    ),
    ("C", "Textez le numéro de votre plaque dans la liste, ou une autre plaque.\n1 CKRT418 ON"),
    (
        "1",
        "Plaque CKRT418. Yellow Lot, 90 minutes, jusqu'à 13:30 : 3,00 $ sur votre carte Visa 4242. "
        "Textez C pour confirmer l'achat ou L pour revenir aux choix.",
    ),
    ("C", "Merci. Nous débitons votre carte; la confirmation arrive par texto dans un instant."),
    ("E", "CKRT418 à Yellow Lot jusqu'à 13:30 : textez le nombre de minutes à ajouter."),
    (
        "30",
        "Yellow Lot, 30 minutes, jusqu'à 14:00 : 1,00 $ sur votre carte Visa 4242. "
        "Textez C pour confirmer ou L pour changer les minutes.",
    ),
    ("C", "Merci. Nous débitons votre carte; la confirmation arrive par texto dans un instant."),
    ("bonjour", "Textez ParkMe pour stationner, ou E pour prolonger un stationnement en cours."),
)
SPANISH = (
    ("ParkMe", "Text2ParkMe: envíe P para estacionar o Q para salir."),
    ("P", "Envíe el número del estacionamiento que quiere, o Q para salir.\n1 Yellow Lot"),
    ("1", "Yellow Lot: envíe cuántos minutos quiere estacionar, o L para ver los estacionamientos."),
    (
        "90",
        "Yellow Lot, 90 minutos, hasta 13:30: $3.00 en su tarjeta Visa 4242. "
        "Envíe C para continuar o L para volver a los estacionamientos.",
    ),
    ("C", "Envíe el número de su placa en la lista, u otra placa.\n1 CKRT418 ON"),
    (
        "1",
        "Placa CKRT418. Yellow Lot, 90 minutos, hasta 13:30: $3.00 en su tarjeta Visa 4242. "
        "Envíe C para confirmar la compra o L para volver a las opciones.",
    ),
    ("C", "Gracias. Estamos cobrando a su tarjeta; la confirmación llega por mensaje en un momento."),
    ("E", "CKRT418 en Yellow Lot hasta 13:30: envíe cuántos minutos quiere agregar."),
    (
        "30",
        "Yellow Lot, 30 minutos, hasta 14:00: $1.00 en su tarjeta Visa 4242. "
        "Envíe C para confirmar o L para cambiar los minutos.",
    ),
    ("C", "Gracias. Estamos cobrando a su tarjeta; la confirmación llega por mensaje en un momento."),
    ("hola", "Envíe ParkMe para estacionar, o E para prolongar un estacionamiento en curso."),
)


@pytest.mark.parametrize(
    ("language", "dialogue", "thanks", "subject"),
    [
        (
            "fr",
            FRENCH,
            "Merci. CKRT418 peut stationner à Yellow Lot jusqu'à {until}; payé : {paid} $, permis {permit}. Textez E pour prolonger.",
            "Stationnement permis jusqu’au 16 novembre 2026, 14:00",
        ),
        (
            "es",
            SPANISH,
            "Gracias. CKRT418 puede estacionar en Yellow Lot hasta {until}; pagado: ${paid}, permiso {permit}. Envíe E para prolongar.",
            "Puede estacionar hasta el 16 de noviembre de 2026, 14:00",
        ),
    ],
)
def test_dialogue_in_the_language_of_the_user(
    vault: Machine, language: str, dialogue: tuple[tuple[str, str], ...], thanks: str, subject: str
) -> None:
    text_lot()
    driver, permits = make_driver(language=language), []
    for words, answer in dialogue:
        assert driver.text(words) == answer
        if answer.startswith(("Merci", "Gracias")):
            driver.work()
            permits.append(Permit.objects.latest("pk").number)
    told = [("13:30", "3,00" if language == "fr" else "3.00"), ("14:00", "1,00" if language == "fr" else "1.00")]
    assert driver.told == [
        thanks.format(until=until, paid=paid, permit=permit)
        for (until, paid), permit in zip(told, permits, strict=True)
    ]
    assert Mail.objects.filter(kind="text_parked").latest("pk").subject == subject
