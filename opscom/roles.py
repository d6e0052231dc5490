"""The office's roles: groups with the permissions that each work needs. Made anew after every migration, so a role's
missing permission is repaired; what an office adds to a role by hand stays."""

from typing import Any

VIEW, EDIT = ("view",), ("view", "add", "change")

ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "Front desk": {
        "accounts.user": ("view", "add", "change", "act"),
        "accounts.address": EDIT,
        "accounts.accountupload": ("view", "change"),
        "accounts.company": EDIT,
        "accounts.companymembership": EDIT,
        "accounts.actassession": VIEW,
        "accounts.mail": VIEW,
        "accounts.textmessage": VIEW,
        "accounts.textoptout": EDIT,
        "vehicles.vehicle": EDIT,
        "vehicles.vehicleowner": EDIT,
        "permits.lot": VIEW,
        "permits.lotblock": VIEW,
        "permits.permitcopy": VIEW,
        "permits.reprint": ("view", "add"),
        "permits.printbatch": ("view", "add"),
        "permits.printitem": VIEW,
        "permits.hangtag": ("view", "change"),
        "permits.hangtagevent": VIEW,
        "permits.permit": VIEW,
        "permits.permitnumber": ("view", "change"),
        "permits.textconversation": VIEW,
        "permits.textconversationevent": VIEW,
        "violations.violation": VIEW,
        "violations.ticketlookup": VIEW,
        "violations.boot": VIEW,
        "violations.bootassignment": ("view", "change"),
        "violations.appeal": VIEW,
        "violations.association": ("view", "change"),
        "payments.payment": VIEW,
        "payments.charge": VIEW,
        "payments.receipt": VIEW,
        "payments.refund": VIEW,
        "payments.storedcard": VIEW,
        "payments.cardsetup": VIEW,
        "payments.officearrangement": VIEW,
        "payments.taxexemption": EDIT,
        "permits.permitterm": VIEW,
        "permits.hourblock": VIEW,
        "permits.hourentry": VIEW,
        "lockers.lockersite": VIEW,
        "lockers.locker": VIEW,
        "permits.waitlist": VIEW,
        "permits.waitlistentry": VIEW,
        "permits.waitlistoffer": VIEW,
        "permits.waitlistentryevent": VIEW,
        "lockers.lockerterm": EDIT,
    },
    "Permit manager": {
        "accounts.user": VIEW,
        "payments.charge": VIEW,
        "lockers.lockersite": EDIT,
        "lockers.locker": (*EDIT, "open"),
        "lockers.lockerwindow": EDIT,
        "lockers.lockerprice": EDIT,
        "lockers.lockerterm": EDIT,
        "lockers.combinationview": VIEW,
    },
    "Cashier": {
        "accounts.user": VIEW,
        "payments.paymentmethod": VIEW,
        "payments.payment": ("view", "process"),
        "payments.adjustment": ("view", "add"),
        "payments.cashdrawer": VIEW,
        "payments.charge": VIEW,
        "payments.refund": VIEW,
        "payments.receipt": VIEW,
        "payments.ledgerentry": VIEW,
        "violations.violation": VIEW,
        "permits.permit": VIEW,
    },
    "Appeals": {
        "accounts.user": VIEW,
        "violations.violation": ("view", "change"),
        "violations.offence": VIEW,
        "violations.appeal": ("view", "change"),
        "violations.association": ("view", "change"),
        "violations.cannedtext": EDIT,
        "permits.permit": VIEW,
        "payments.charge": VIEW,
    },
    "Finance": {
        "payments.paymentmethod": EDIT,
        "payments.adjustment": ("view", "add", "reverse"),
        "payments.cashdrawer": VIEW,
        "payments.payment": ("view", "process"),
        "payments.charge": VIEW,
        "payments.refund": ("view", "add"),
        "payments.dispute": VIEW,
        "payments.receipt": VIEW,
        "payments.ledgerentry": ("view", "export"),
        "payments.providerevent": VIEW,
        "payments.ledgercheck": VIEW,
        "payments.booklock": EDIT,
        "payments.storedcard": VIEW,
        "payments.cardsetup": VIEW,
        "payments.officearrangement": EDIT,
        "payments.comparison": VIEW,
        "payments.difference": ("view", "change"),
        "permits.permit": VIEW,
        "permits.textconversation": VIEW,
        "permits.textconversationevent": VIEW,
        "permits.permitterm": VIEW,
        "permits.hourblock": VIEW,
        "permits.hourentry": VIEW,
        "permits.rolloverrun": ("view", "process"),
        "permits.rolloveritem": VIEW,
        "violations.violation": VIEW,
        "violations.collectionsbatch": ("view", "add"),
        "violations.collectionscase": VIEW,
        "accounts.user": VIEW,
        "payments.tax": EDIT,
        "payments.taxexemption": EDIT,
        "payments.ledgercode": ("view", "change"),
    },
    "Enforcement": {
        "permits.platecheck": ("view", "check"),
        "violations.violation": EDIT,
        "violations.violationphoto": EDIT,
        "violations.exemptplate": EDIT,
        "violations.offence": VIEW,
        "violations.boot": VIEW,
        "violations.bootassignment": ("view", "add"),
        "vehicles.vehicle": VIEW,
        "permits.permit": VIEW,
        "permits.lot": VIEW,
        "permits.lotblock": VIEW,
    },
    "Enforcement supervisor": {
        "permits.platecheck": ("view", "check"),
        "violations.violation": EDIT,
        "violations.violationphoto": EDIT,
        "violations.offence": VIEW,
        "violations.letterbatch": ("view", "add"),
        "violations.ticketseries": ("view", "change"),
        "violations.ticketlookup": VIEW,
        "violations.boot": EDIT,
        "violations.bootassignment": (*EDIT, "release"),
        "payments.charge": VIEW,
        "vehicles.vehicle": VIEW,
        "permits.permit": VIEW,
        "permits.lot": VIEW,
        "permits.lotblock": VIEW,
    },
    "Manager": {
        "*": (
            "view",
            "add",
            "change",
            "process",
            "act",
            "archive",
            "merge",
            "retype",
            "approve",
            "export",
            "reverse",
            "check",
            "open",
            "release",
        ),
    },
    "Auditor": {"*": VIEW},
}


def make_roles(**_kwargs: Any) -> None:
    """Create the groups and give each the permissions above."""
    from django.apps import apps
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    for config in apps.get_app_configs():  # on a new database those of later apps are not there yet
        create_permissions(config, verbosity=0)
    permissions = list(Permission.objects.select_related("content_type"))
    for name, rights in ROLES.items():
        group, _new = Group.objects.get_or_create(name=name)
        group.permissions.add(*(p for p in permissions if _belongs(p, rights)))


def _belongs(permission: Any, rights: dict[str, tuple[str, ...]]) -> bool:
    action = permission.codename.partition("_")[0]
    model = f"{permission.content_type.app_label}.{permission.content_type.model}"
    return action in rights.get(model, rights.get("*", ()))
