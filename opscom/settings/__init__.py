"""Django settings. Secrets and addresses come from the environment (docs/operations.md lists every variable);
what an office decides for itself is a row, edited in the admin (`opscom.models.SystemSettings`)."""

from opscom.settings.apps import *
from opscom.settings.browser import *
from opscom.settings.cards import *
from opscom.settings.environment import *
from opscom.settings.languages import *
from opscom.settings.logs import *
from opscom.settings.messages import *
from opscom.settings.people import *
from opscom.settings.stores import *
from opscom.settings.work import *
