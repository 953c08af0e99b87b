FROM python:3.12-slim

# Hosts without a GPU save gigabytes with --build-arg PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
ARG PIP_EXTRA_INDEX_URL=""
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY requirements.txt .
RUN pip install --extra-index-url "${PIP_EXTRA_INDEX_URL:-https://pypi.org/simple}" -r requirements.txt

COPY manage.py ./
COPY recplatform recplatform
COPY catalog catalog
COPY users users
COPY recommender recommender

ENV RECPLATFORM_STATIC_ROOT=/app/static \
    RECPLATFORM_DATA_DIR=/data
# The secret that this step generates stays out of the image.
RUN RECPLATFORM_DATA_DIR=/tmp/build python manage.py collectstatic --noinput && rm -rf /tmp/build \
    && useradd --create-home recplatform && mkdir -p /data/models /data/uploads && chown -R recplatform /data
USER recplatform

EXPOSE 8000
CMD ["gunicorn", "recplatform.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]
