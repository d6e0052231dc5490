"""People in the office."""

from accounts.admin.addresses import AddressAdmin
from accounts.admin.companies import ActAsSessionAdmin, CompanyAdmin, CompanyMembershipAdmin
from accounts.admin.mail_templates import MailTemplateAdmin
from accounts.admin.mailings import MailingAdmin, MailingPersonAdmin
from accounts.admin.people import UserAdmin
from accounts.admin.preferences import EmailCategoryAdmin
from accounts.admin.texts import TextMessageAdmin, TextOptOutAdmin
from accounts.admin.uploads import AccountUploadAdmin
from accounts.admin.wordings import WordingAdmin

__all__ = [
    "AccountUploadAdmin",
    "ActAsSessionAdmin",
    "AddressAdmin",
    "CompanyAdmin",
    "CompanyMembershipAdmin",
    "EmailCategoryAdmin",
    "MailTemplateAdmin",
    "MailingAdmin",
    "MailingPersonAdmin",
    "TextMessageAdmin",
    "TextOptOutAdmin",
    "UserAdmin",
    "WordingAdmin",
]
