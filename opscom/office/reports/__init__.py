"""Reports of the office: on screen, as files, on paper, by e-mail. What they say each app registers (opscom.lib.reports)."""
