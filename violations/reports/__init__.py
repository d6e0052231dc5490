"""Reports about tickets, appeals and boots."""

from violations.reports.appeals import Appeals
from violations.reports.boots import Boots
from violations.reports.tickets import Officers, RepeatPlates, Tickets

REPORTS = (Tickets(), Officers(), Appeals(), RepeatPlates(), Boots())
