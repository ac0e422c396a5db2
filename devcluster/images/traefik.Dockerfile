FROM scratch
COPY traefik /traefik
USER 65532:65532
ENTRYPOINT ["/traefik"]
