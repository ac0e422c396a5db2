FROM scratch
COPY kube-state-metrics /kube-state-metrics
USER 65532:65532
ENTRYPOINT ["/kube-state-metrics"]
