FROM scratch
COPY prometheus /prometheus
USER 65534:65534
ENTRYPOINT ["/prometheus"]
