"""Forms and what people answered."""

from forms_module.models.definition import FormDefinition, FormField
from forms_module.models.submission import LONGEST, Submission, SubmissionEvent

__all__ = ["LONGEST", "FormDefinition", "FormField", "Submission", "SubmissionEvent"]
