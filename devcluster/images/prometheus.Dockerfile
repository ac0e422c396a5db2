ARG BASE=localhost/serin/base:bookworm
FROM ${BASE}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends prometheus \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/lib/prometheus/* \
 && mkdir -p /prometheus && chown 65532:65532 /prometheus
USER 65532:65532
EXPOSE 9090
ENTRYPOINT ["/usr/bin/prometheus"]
