"""The payment methods that every office starts with."""

from typing import Any

from payments.models import PaymentMethod

Settles = PaymentMethod.Settles
DELIVERED: dict[str, dict[str, Any]] = {
    PaymentMethod.CARD: {
        "settles": Settles.PROVIDER,
        "for_users": True,
        "for_guests": True,
        "name_en": "Credit Card",
        "name_fr": "Carte de crédit",
        "name_es": "Tarjeta de crédito",
    },
    PaymentMethod.CASH: {
        "settles": Settles.PROMISE,
        "for_users": True,
        "name_en": "Cash or Cheque",
        "name_fr": "Comptant ou chèque",
        "name_es": "Efectivo o cheque",
    },
    "payroll": {
        "settles": Settles.AT_ONCE,
        "name_en": "Payroll Deduction",
        "name_fr": "Retenue sur la paie",
        "name_es": "Descuento de nómina",
    },
    "eft": {
        "settles": Settles.AT_ONCE,
        "active": False,
        "name_en": "EFT",
        "name_fr": "Virement électronique (TEF)",
        "name_es": "Transferencia electrónica (EFT)",
    },
    PaymentMethod.CREDIT: {
        "settles": Settles.AT_ONCE,
        "name_en": "Office credit",
        "name_fr": "Crédit du bureau",
        "name_es": "Crédito de la oficina",
    },
    PaymentMethod.COLLECTIONS: {
        "settles": Settles.AT_ONCE,
        "kinds": ["violation"],
        "name_en": "Collections",
        "name_fr": "Recouvrement",
        "name_es": "Agencia de cobranza",
    },
}


def make_methods(**_kwargs: Any) -> None:
    """Make the methods that are missing, after every migration; what the office wrote stays."""
    present = set(PaymentMethod.objects.values_list("code", flat=True))
    for position, (code, fields) in enumerate(DELIVERED.items()):
        if code not in present:
            PaymentMethod.objects.create(code=code, position=position, **fields)
