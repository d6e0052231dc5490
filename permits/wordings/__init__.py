"""What parking says by text and on paper, as texts that the office can change."""

from permits.wordings.answers import ANSWERS
from permits.wordings.obstacles import OBSTACLES
from permits.wordings.printed import PRINTED
from permits.wordings.questions import QUESTIONS

PIECES = (*QUESTIONS, *ANSWERS, *OBSTACLES, *PRINTED)
