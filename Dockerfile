# Images with what their processes import: `train` fits versions by hand, `worker` learns by itself (worker and beat),
# `flower` shows the queues, `server` (last, so the default) serves.
# The base needs Python 3.11 to 3.13 as python3, with venv.
ARG BASE=python:3.12-slim-bookworm

# Every locked package and our two distributions as wheels. The download is the only step that needs a network.
FROM ${BASE} AS wheels
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python3 -m venv /opt/build
COPY requirements/run.lock requirements/
RUN /opt/build/bin/pip download --require-hashes --only-binary :all: --dest /wheels -r requirements/run.lock \
    && /opt/build/bin/pip install --no-index --find-links /wheels hatchling editables
COPY pyproject.toml README.md ./
COPY clients/python clients/python
COPY core core
COPY server server
COPY training training
COPY workers workers
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheels ./clients/python .

# One environment per process, from those wheels alone, without pip inside.
FROM wheels AS train-packages
RUN python3 -m venv --without-pip /opt/leadline \
    && /opt/build/bin/pip --python /opt/leadline/bin/python install --no-index --find-links /wheels \
        'leadline-backend[training,encoder,postgres]'

FROM wheels AS worker-packages
RUN python3 -m venv --without-pip /opt/leadline \
    && /opt/build/bin/pip --python /opt/leadline/bin/python install --no-index --find-links /wheels \
        'leadline-backend[workers,encoder,postgres]'

FROM worker-packages AS flower-packages
COPY requirements/flower.lock requirements/
RUN /opt/build/bin/pip download --require-hashes --only-binary :all: --dest /wheels -r requirements/flower.lock \
    && /opt/build/bin/pip --python /opt/leadline/bin/python install --no-index --find-links /wheels \
        'leadline-backend[workers,encoder,postgres,flower]'

FROM wheels AS server-packages
RUN python3 -m venv --without-pip /opt/leadline \
    && /opt/build/bin/pip --python /opt/leadline/bin/python install --no-index --find-links /wheels \
        'leadline-backend[server,encoder,postgres]'

FROM ${BASE} AS runtime
# The number, not the name, lets an orchestrator see that this is not root.
RUN groupadd --gid 10001 leadline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/leadline \
        --shell /usr/sbin/nologin leadline \
    && install --directory --owner leadline --group leadline --mode 0750 /var/lib/leadline
# All but /var/lib/leadline and /tmp may be read-only. PYTHONSAFEPATH: never import from the working folder.
# ORT_DISABLE_TELEMETRY: without it ONNX Runtime 1.29 and later reports its use to Microsoft and keeps a device id.
ENV PATH=/opt/leadline/bin:$PATH \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    ORT_DISABLE_TELEMETRY=1 \
    LEADLINE_DATABASE_URL=sqlite:////var/lib/leadline/leadline.db \
    LEADLINE_MODEL_DIR=/var/lib/leadline/models
WORKDIR /var/lib/leadline
VOLUME /var/lib/leadline
USER 10001:10001

FROM runtime AS train
ENV MPLCONFIGDIR=/tmp/matplotlib
COPY --from=train-packages /opt/leadline /opt/leadline
ENTRYPOINT ["python", "-m", "training"]
CMD ["fit", "--help"]

FROM runtime AS worker
# REMAP_SIGTERM: a stop lets tasks go on for five seconds, then gives them back; else it waits for the longest training.
ENV LEADLINE_MODE=production \
    LEADLINE_WORKERS_DIR=/tmp/leadline-workers \
    MPLCONFIGDIR=/tmp/matplotlib \
    REMAP_SIGTERM=SIGQUIT
COPY --from=worker-packages /opt/leadline /opt/leadline
# Not whether a process is there, but whether a task went through the broker and back lately.
HEALTHCHECK --interval=20s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "workers", "alive"]
STOPSIGNAL SIGTERM
CMD ["celery", "--quiet", "--app", "workers.app", "worker"]

FROM runtime AS flower
COPY --from=flower-packages /opt/leadline /opt/leadline
EXPOSE 5555
CMD ["celery", "--quiet", "--app", "workers.app", "flower", "--port=5555"]

FROM runtime AS server
ENV LEADLINE_MODE=production \
    LEADLINE_HOST=0.0.0.0 \
    LEADLINE_PORT=50051 \
    LEADLINE_METRICS_PORT=9464
COPY --from=server-packages /opt/leadline /opt/leadline
EXPOSE 50051 9464
# Over plain HTTP beside the calls, so that it needs neither a key nor a certificate.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "\
import os, urllib.request; \
urllib.request.urlopen('http://127.0.0.1:' + os.environ['LEADLINE_METRICS_PORT'] + '/readyz', timeout=3)"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "server"]
