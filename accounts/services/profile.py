"""What a person tells about themselves, as far as the office asks for it (REG-6, REG-7)."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import ProfilePolicy, User, UserType
from opscom.lib.office import office
from opscom.models.texts import TextGateway

Rules = dict[str, ProfilePolicy]
QUESTIONS = tuple(field for field in ProfilePolicy.Field.values if field != ProfilePolicy.Field.ADDRESS)


def rules_for(user_type_id: int | None, policies: Iterable[ProfilePolicy]) -> Rules:
    """For each profile field the type's own rule, else everybody's, else optional and not asked at registration."""
    rules = {field: ProfilePolicy(field=field) for field in ProfilePolicy.Field.values}
    ranked = sorted(policies, key=lambda policy: policy.user_type_id is not None)
    rules.update({policy.field: policy for policy in ranked if policy.user_type_id in (None, user_type_id)})
    return rules


def profile_rules(user: User) -> Rules:
    """The rules that hold for this person."""
    return rules_for(user.user_type_id, ProfilePolicy.objects.all())


def registration_rules() -> tuple[list[UserType], dict[int | None, Rules]]:
    """The user types that people may choose from, and what each is asked at registration, by the type's key. Hidden
    fields are not asked, nor those that only the office fills in."""
    types = list(UserType.objects.filter(open_for_registration=True))
    policies = list(ProfilePolicy.objects.all())
    keys: list[int | None] = [user_type.pk for user_type in types] or [None]
    unasked = (ProfilePolicy.Rule.HIDDEN, ProfilePolicy.Rule.READ_ONLY)
    return types, {
        key: {
            field: policy
            for field, policy in rules_for(key, policies).items()
            if field in QUESTIONS and policy.at_registration and policy.rule not in unasked
        }
        for key in keys
    }


def is_complete(user: User, rules: Rules | None = None) -> bool:
    """Whether the person has answered everything that the office requires, an address included."""
    rules = profile_rules(user) if rules is None else rules
    required = {field for field, policy in rules.items() if policy.rule == ProfilePolicy.Rule.REQUIRED}
    if any(not getattr(user, field) for field in QUESTIONS if field in required):
        return False
    return ProfilePolicy.Field.ADDRESS not in required or not office().addresses_enabled or user.addresses.exists()


def save_profile(user: User, *, answers: Mapping[str, Any], rules: Rules | None = None) -> User:
    """Store the answers; once nothing is missing, the rest of the portal is open."""
    for field, answer in answers.items():
        setattr(user, field, answer)
    if user.texts_from != user.phone:  # another phone has still to show that it is theirs
        user.texts_from = None
    user.profile_complete = is_complete(user, rules)
    user.save(update_fields=[*answers, "texts_from", "profile_complete"])
    return user


def offers_boot_codes() -> bool:
    """Whether the office sends release codes of boots by text."""
    return office().boot_code_by_text and bool(office().text_number) and office().text_gateway != TextGateway.OFF


def set_language(user: User, language: str) -> None:
    """Pages follow the browser's cookie; mails and the next login follow this."""
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
