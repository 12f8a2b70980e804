# Build: docker build -t ownhand .
# TORCH_INDEX: the address of PyTorch's CPU or CUDA package index; empty takes pip's default build.

FROM python:3.11-slim AS build
ARG TORCH_INDEX=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
WORKDIR /src
# The dependencies first: they change less often than the code. Empty packages stand in for it.
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN mkdir bot cogs data engine \
    && for name in bot cogs data engine; do touch "$name/__init__.py"; done \
    && /venv/bin/pip install -c constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} . \
    && /venv/bin/pip uninstall --yes ownhand
COPY bot bot
COPY cogs cogs
COPY data data
COPY engine engine
RUN /venv/bin/pip install --no-deps .

FROM python:3.11-slim
# The venv's interpreter is the one of this image, at the same place in both stages.
COPY --from=build /venv /venv
RUN useradd --uid 1000 --create-home ownhand \
    && install --directory --owner ownhand --group ownhand /state
USER ownhand
WORKDIR /home/ownhand
ENV PATH="/venv/bin:$PATH" STATE_DIR=/state PYTHONUNBUFFERED=1
VOLUME /state
# Asks the running bot over its local socket how its engine is.
HEALTHCHECK --interval=60s --timeout=20s --start-period=10m \
    CMD ["python", "-m", "bot", "doctor", "--quick"]
# python is process 1 here and handles SIGTERM itself; it waits for its own children.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
