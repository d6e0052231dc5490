"""Rows about people and about the mail sent to them."""

from accounts.models.address import Address
from accounts.models.company import ActAsSession, Company, CompanyMembership
from accounts.models.email_change import EmailChange
from accounts.models.event import AccountEvent
from accounts.models.export import DataExport
from accounts.models.mail import Mail
from accounts.models.mailing import Mailing, MailingPerson
from accounts.models.note import PersonNote
from accounts.models.people import User, UserType
from accounts.models.preference import EmailCategory, EmailOptOut
from accounts.models.profile import ProfilePolicy
from accounts.models.sso import SamlAnswer
from accounts.models.text import TextLine, TextMessage, TextOptOut
from accounts.models.upload import AccountUpload, UploadEvent
from accounts.models.wording import MailTemplate, Wording, WordingVersion

__all__ = [
    "AccountEvent",
    "AccountUpload",
    "ActAsSession",
    "Address",
    "Company",
    "CompanyMembership",
    "DataExport",
    "EmailCategory",
    "EmailChange",
    "EmailOptOut",
    "Mail",
    "MailTemplate",
    "Mailing",
    "MailingPerson",
    "PersonNote",
    "ProfilePolicy",
    "SamlAnswer",
    "TextLine",
    "TextMessage",
    "TextOptOut",
    "UploadEvent",
    "User",
    "UserType",
    "Wording",
    "WordingVersion",
]
