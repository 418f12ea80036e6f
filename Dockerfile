# The Debian-based image of any Python from 3.11 on; nothing here depends on the processor.
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# pip works from an environment of its own, so that it never has to be removed from the other.
RUN ["python3", "-m", "venv", "/opt/tools"]
RUN ["python3", "-m", "venv", "--without-pip", "/opt/alfred-mock"]

# `extras.txt` has all extras too: fetching, S3, OpenTelemetry.
ARG REQUIREMENTS=runtime.txt
COPY requirements/build.txt requirements/
COPY requirements/${REQUIREMENTS} requirements/image.txt
RUN ["/opt/tools/bin/pip", "install", "--require-hashes", "-r", "requirements/build.txt"]
RUN ["/opt/tools/bin/pip", "--python", "/opt/alfred-mock/bin/python", "install", "--no-compile", \
     "--require-hashes", "-r", "requirements/image.txt"]
# The dependencies' own tests and helpers for them; ours are installed after this.
RUN ["find", "/opt/alfred-mock/lib", "-depth", "-type", "d", \
     "(", "-name", "tests", "-o", "-name", "testing", ")", "-exec", "rm", "-r", "{}", "+"]

COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY examples examples
COPY docs/fidelity.yaml docs/
COPY app app
RUN ["/opt/tools/bin/pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation", \
     "--wheel-dir", "dist", "."]
RUN ["/opt/tools/bin/pip", "--python", "/opt/alfred-mock/bin/python", "install", "--no-compile", \
     "--no-index", "--no-deps", "--find-links", "dist", "alfred-mock"]
# Not tied to modification times, which not every builder keeps when it copies.
RUN ["/opt/alfred-mock/bin/python", "-m", "compileall", "-q", "-j", "0", \
     "--invalidation-mode", "unchecked-hash", "/opt/alfred-mock/lib"]

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="alfred-mock" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.description="Reference server and test double for Tagshelf's Alfred API"
RUN ["install", "-d", "-o", "10001", "-g", "10001", "/data"]
COPY --from=build /opt/alfred-mock /opt/alfred-mock
# The user has a number only: HOME keeps what looks for dot files from asking for its name.
ENV PATH=/opt/alfred-mock/bin:$PATH HOME=/data ALFRED_MOCK_HOST=0.0.0.0
USER 10001:10001
# The SQLite file is made here; mount a volume to keep it, and a seed file or an `.env` beside it.
WORKDIR /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["alfred-mock", "ready"]
ENTRYPOINT ["alfred-mock"]
CMD ["serve"]
