# InstructUI with its three models inside: needs no network once built.
#
#   docker build -t instruct-ui .
#   docker run --rm -p 7860:7860 -v instruct-ui:/home/app/kept instruct-ui
FROM python:3.11-slim

# Further arguments of pip install, for example an index with CPU builds of torch.
ARG PIP_ARGS=""

RUN useradd --create-home --uid 1000 app
WORKDIR /home/app/instruct-ui
COPY --chown=app:app . .
RUN pip install --no-cache-dir $PIP_ARGS -c constraints.txt -e .

# The models lie outside the home, so that a volume mounted there does not hide them.
ENV INSTRUCT_UI_HOST=0.0.0.0 \
    INSTRUCT_UI_HOME=/home/app/kept \
    INSTRUCT_UI_MODELS=/home/app/models \
    GRADIO_ANALYTICS_ENABLED=False \
    PYTHONUNBUFFERED=1
USER app
RUN mkdir -p /home/app/kept && instruct-ui models get

VOLUME /home/app/kept
EXPOSE 7860
HEALTHCHECK --start-period=30s CMD \
  ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/', timeout=5)"]
CMD ["instruct-ui", "serve"]
