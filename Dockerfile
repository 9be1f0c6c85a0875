# The image of Seawall: one static binary and nothing beside it. docs/image.md says how it is built and verified.

# Compiles on the architecture of the builder for the one that is asked for: emulation would take an hour.
FROM --platform=$BUILDPLATFORM docker.io/library/rust:1.95.0-slim-bookworm AS builder
ARG TARGETARCH
WORKDIR /src
# Rust brings musl, and Debian a C compiler for ring and mimalloc; .cargo/config.toml says which.
RUN set -eu; \
    case "$TARGETARCH" in \
        amd64) machine=x86_64 compiler=gcc-x86-64-linux-gnu ;; \
        arm64) machine=aarch64 compiler=gcc-aarch64-linux-gnu ;; \
        *) echo "error: images are for amd64 and arm64, not for $TARGETARCH" >&2; exit 1 ;; \
    esac; \
    echo "$machine-unknown-linux-musl" >/target; \
    rustup target add "$(cat /target)"; \
    if [ "$TARGETARCH" != "$(dpkg --print-architecture)" ]; then \
        apt-get update; \
        apt-get install -y --no-install-recommends "$compiler" "libc6-dev-$TARGETARCH-cross"; \
        rm -rf /var/lib/apt/lists/*; \
    fi
COPY . .
ARG SOURCE_DATE_EPOCH=0
# Dependencies are compiled once and kept in the cache. mimalloc holds the date of its compilation, which must not
# be the day on which the cache was filled.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    SOURCE_DATE_EPOCH=0 cargo build --release --locked --bin seawall --target "$(cat /target)" && \
    cp "target/$(cat /target)/release/seawall" /seawall && \
    touch --date="@$SOURCE_DATE_EPOCH" /seawall

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="seawall" \
      org.opencontainers.image.description="A validating admission webhook for Kubernetes that keeps the known ways of taking production down out of a cluster" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=builder --chmod=0555 /seawall /seawall
# A number, so that `runAsNonRoot` can be checked without a list of users.
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["/seawall"]
