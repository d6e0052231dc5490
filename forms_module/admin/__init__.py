"""Forms in the office."""

from forms_module.admin.definitions import FormDefinitionAdmin
from forms_module.admin.submissions import SubmissionAdmin

__all__ = ["FormDefinitionAdmin", "SubmissionAdmin"]
