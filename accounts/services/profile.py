"""What a person tells about themselves, as far as the office asks for it (REG-6, REG-7)."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import ProfilePolicy, User, UserType

Rules = dict[str, ProfilePolicy]


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
            if policy.at_registration and policy.rule not in unasked
        }
        for key in keys
    }


def save_profile(user: User, *, answers: Mapping[str, Any]) -> User:
    """Store the answers; from now on the rest of the portal is open."""
    for field, answer in answers.items():
        setattr(user, field, answer)
    user.profile_complete = True
    user.save(update_fields=[*answers, "profile_complete"])
    return user


def set_language(user: User, language: str) -> None:
    """Pages follow the browser's cookie; mails and the next login follow this."""
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
