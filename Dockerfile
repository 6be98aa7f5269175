# The programs on a slim Debian, for one who is nobody there:
#
#	docker build -t mdkit .
#	docker run --rm mdkit mdbackfill --help
#
# The store is the volume /var/lib/mdkit; compose.yaml has PostgreSQL instead.
# `make package-check` runs these steps in a folder where there is no Docker.

FROM debian:bookworm-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
        libcurl4-openssl-dev libjansson-dev libmicrohttpd-dev libpq-dev \
        libsqlite3-dev make pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Makefile LICENSE README.md CHANGELOG.md ./
COPY cmd cmd
COPY completions completions
COPY examples examples
COPY lib lib
COPY man man
COPY schema schema
COPY tools tools
RUN make -s -j"$(nproc)" all \
    && make -s install DESTDIR=/out PREFIX=/usr \
    && strip /out/usr/bin/md*

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="mdkit" \
      org.opencontainers.image.description="A local store of market bars" \
      org.opencontainers.image.licenses="ISC"
# libcurl and libpq are loaded when they are needed.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libcurl4 \
        libjansson4 libmicrohttpd12 libpq5 libsqlite3-0 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/mdkit \
        --shell /usr/sbin/nologin mdkit \
    && install -d -o mdkit -g mdkit -m 750 /var/lib/mdkit
COPY --from=build /out/usr /usr
USER 10001
WORKDIR /var/lib/mdkit
VOLUME /var/lib/mdkit
ENV MD_DB=/var/lib/mdkit/market.db
EXPOSE 8000
# /health needs no token.  A container that runs something else than mdserve
# says --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["mdload", "-q", "--target", "http://127.0.0.1:8000", "--path", "/health", "-c", "1", "-n", "1"]
CMD ["mdserve", "--listen", "0.0.0.0:8000", "--token-file", "/run/secrets/serve-token"]
