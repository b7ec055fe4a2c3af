# Front end first: its tools stay behind.
FROM node:24-slim AS frontend
WORKDIR /build/service/frontend
COPY service/frontend/package.json service/frontend/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY service/frontend ./
RUN npm run build

FROM python:3.12-slim AS runtime
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LUJI_ENV=production LUJI_HOME=/var/lib/luji LUJI_BIND=0.0.0.0
WORKDIR /app
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY LICENSE NOTICE README.md README.zh-CN.md pyproject.toml ./
COPY bpmn bpmn
COPY workflows workflows
COPY service service
COPY workers workers
COPY --from=frontend /build/service/static/dist service/static/dist
RUN pybabel --quiet compile -d service/translations \
 && printf '#!/bin/sh\nexec python -m service.cli.main "$@"\n' > /usr/local/bin/luji && chmod +x /usr/local/bin/luji \
 && useradd --system --uid 10001 luji && mkdir -p /var/lib/luji && chown luji /var/lib/luji
# SpiffWorkflow (LGPL-3.0) stays a separate, replaceable package in site-packages, with its licence beside it.
USER luji
VOLUME /var/lib/luji
EXPOSE 8000
CMD ["gunicorn", "service.wsgi:create()", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60", "--no-control-socket"]
