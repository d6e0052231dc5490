# One image for every process: web (the default command), worker, beat, migrate. docs/operations.md tells how to run it.
FROM python:3.11-slim-bookworm AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# What WeasyPrint needs to draw permits and receipts, and `manage.py backup` to save the database (of the server's version).
RUN apt-get update \
    && apt-get install -y --no-install-recommends libharfbuzz-subset0 libpangoft2-1.0-0 postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app

FROM base AS build
RUN apt-get update && apt-get install -y --no-install-recommends gettext && python -m venv /opt/venv
# EXTRA=saml adds single sign-on by SAML 2.0.
ARG EXTRA=base
COPY requirements/base.txt requirements/saml.txt requirements/
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/${EXTRA}.txt
COPY . .
# The address decides nothing that is stored; https makes the build read the settings as production does.
RUN export SECRET_KEY=only-for-the-build BASE_URL=https://localhost VAR_DIR=/tmp/var \
    && python manage.py compilemessages -v 0 \
    && python manage.py collectstatic --noinput -v 0 \
    && python -m compileall -q -j 0 . /opt/venv

FROM base
RUN useradd --system --uid 10001 --home-dir /srv/opscom --create-home opscom \
    && install -d -o opscom -g opscom /srv/opscom/media /srv/opscom/var
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER opscom
ENV VAR_DIR=/srv/opscom/var MEDIA_ROOT=/srv/opscom/media WEB_CONCURRENCY=2
EXPOSE 8000
# Asks under the portal's own name: another would be refused.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", "import os, urllib.parse, urllib.request as r; \
host = urllib.parse.urlsplit(os.environ['BASE_URL']).netloc; \
r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': host}), timeout=4)"]
# Sync workers: a stuck one is killed after 30 seconds. WEB_CONCURRENCY is their number.
CMD ["gunicorn", "opscom.wsgi", "--bind", "0.0.0.0:8000", "--timeout", "30", "--worker-tmp-dir", "/dev/shm", \
     "--max-requests", "5000", "--max-requests-jitter", "500", "--access-logfile", "-", "--no-control-socket"]
