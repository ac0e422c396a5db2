{{- /* A thin pod template: what the controller itself relies on. The API server judges the rest. */ -}}
{{- define "canary-controller.crd.template" -}}
description: The pod template. A changed template is a new revision, and nothing else is.
type: object
required: [spec]
properties:
  metadata:
    description: Labels and annotations of the pods.
    type: object
    properties:
      labels:
        description: Added to those that the controller sets itself.
        type: object
        maxProperties: 64
        additionalProperties: {type: string, maxLength: 63}
        x-kubernetes-validations:
          - rule: self.all(key, !key.startsWith('canary.serin.dev/'))
            message: template.metadata.labels must leave canary.serin.dev/ labels to the controller
      annotations:
        description: As given.
        type: object
        additionalProperties: {type: string}
  spec:
    description: A PodSpec; whatever is not listed here is kept as it is and judged by the API server.
    type: object
    x-kubernetes-preserve-unknown-fields: true
    required: [containers]
    properties:
      containers:
        description: The containers of a pod.
        type: array
        minItems: 1
        maxItems: 16
        items:
          type: object
          x-kubernetes-preserve-unknown-fields: true
          required: [name, image]
          properties:
            name: {type: string, minLength: 1, maxLength: 63, description: Name of the container.}
            image: {type: string, minLength: 1, maxLength: 512, description: What it runs.}
            ports:
              description: Ports that it listens on.
              type: array
              maxItems: 32
              items:
                type: object
                x-kubernetes-preserve-unknown-fields: true
                required: [containerPort]
                properties:
                  name: {type: string, maxLength: 15, description: What targetPort may call it.}
                  containerPort:
                    description: Number of the port.
                    type: integer
                    format: int32
                    minimum: 1
                    maximum: 65535
{{- end }}
