# One file, four images: `service` answers, `dashboard` shows, `controller` moves releases, `loadtest` is the gate.
# BASE is any Debian 12 with Python 3.11; both stages must come from the same one.
ARG BASE=python:3.11-slim-bookworm

# Installs packages and stays behind: nothing that can install or compile reaches a cluster.
FROM ${BASE} AS installer
RUN command -v pip3 || { \
      apt-get update -q && apt-get install -qy --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*; \
    }
# `pip` (its settings) and `ca` are secrets of the build, so that none of them stays in a layer.
ENV PIP_CONFIG_FILE=/run/secrets/pip PIP_CACHE_DIR=/var/cache/pip PIP_DISABLE_PIP_VERSION_CHECK=1
COPY .ci/install-locked /usr/local/bin/

FROM installer AS service-packages
COPY requirements/service.txt /requirements.txt
RUN --mount=type=secret,id=pip --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/pip install-locked

FROM installer AS dashboard-packages
COPY requirements/dashboard.txt /requirements.txt
RUN --mount=type=secret,id=pip --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/pip install-locked

FROM installer AS controller-packages
COPY requirements/controller.txt /requirements.txt
RUN --mount=type=secret,id=pip --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/pip install-locked

FROM installer AS loadtest-packages
COPY requirements/loadtest.txt /requirements.txt
RUN --mount=type=secret,id=pip --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/pip install-locked

FROM ${BASE} AS runtime
RUN if python3 -m pip --version 2>/dev/null; then python3 -m pip uninstall -qy pip setuptools wheel; fi
COPY .ci/strip-image /usr/local/bin/
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
STOPSIGNAL SIGTERM

FROM runtime AS service
LABEL org.opencontainers.image.title="serin service" \
      org.opencontainers.image.description="Forecasts of a pharmacy's demand over HTTP"
# More threads than the pod has CPUs make one-row predictions fifty times slower.
ENV OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
COPY --from=service-packages /venv /venv
COPY models/ models/
COPY service/ service/
RUN python -m compileall -q --invalidation-mode unchecked-hash service && chmod -R a+rX .
RUN ["python3", "/usr/local/bin/strip-image"]
USER 10001:10001
EXPOSE 8000 8001
ENTRYPOINT ["gunicorn", "--config", "service/gunicorn_conf.py"]

FROM runtime AS dashboard
LABEL org.opencontainers.image.title="serin dashboard" \
      org.opencontainers.image.description="Pages that show forecasts to pharmacists and the warehouse"
COPY --from=dashboard-packages /venv /venv
COPY dashboard/ dashboard/
RUN python -m compileall -q --invalidation-mode unchecked-hash dashboard && chmod -R a+rX .
RUN ["python3", "/usr/local/bin/strip-image"]
USER 10001:10001
EXPOSE 8000 8001
ENTRYPOINT ["gunicorn", "--config", "dashboard/gunicorn_conf.py"]

FROM runtime AS controller
LABEL org.opencontainers.image.title="serin controller" \
      org.opencontainers.image.description="Moves a release from 10 % of users to all of them, or back to none"
COPY --from=controller-packages /venv /venv
COPY canary/ canary/
RUN python -m compileall -q --invalidation-mode unchecked-hash canary && chmod -R a+rX .
RUN ["python3", "/usr/local/bin/strip-image"]
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["python", "-m", "canary.bootstrap"]

# The gate of staging where no checkout is at hand: `skaffold verify` runs it as a Job.
FROM runtime AS loadtest
LABEL org.opencontainers.image.title="serin loadtest" \
      org.opencontainers.image.description="Locust's load on staging, judged against limits"
COPY --from=loadtest-packages /venv /venv
COPY loadtest/ loadtest/
RUN python -m compileall -q --invalidation-mode unchecked-hash loadtest && chmod -R a+rX .
RUN ["python3", "/usr/local/bin/strip-image"]
USER 10001:10001
ENTRYPOINT ["python", "-m", "loadtest.gate"]
