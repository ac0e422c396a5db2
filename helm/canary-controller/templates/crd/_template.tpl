{{- /* A thin pod template: what the controller itself relies on. The API server judges the rest. */ -}}
{{- define "canary-controller.crd.template" -}}
description: The pod template. A changed template is a new revision, and nothing else is.
type: object
required: [spec]
properties:
  metadata:
    type: object
    properties:
      labels:
        type: object
        maxProperties: 64
        additionalProperties: {type: string, maxLength: 63}
        x-kubernetes-validations:
          - rule: self.all(key, !key.startsWith('canary.serin.dev/'))
            message: template.metadata.labels must leave canary.serin.dev/ labels to the controller
      annotations:
        type: object
        additionalProperties: {type: string}
  spec:
    type: object
    x-kubernetes-preserve-unknown-fields: true
    required: [containers]
    properties:
      containers:
        type: array
        minItems: 1
        maxItems: 16
        items:
          type: object
          x-kubernetes-preserve-unknown-fields: true
          required: [name, image]
          properties:
            name: {type: string, minLength: 1, maxLength: 63}
            image: {type: string, minLength: 1, maxLength: 512}
            ports:
              type: array
              maxItems: 32
              items:
                type: object
                x-kubernetes-preserve-unknown-fields: true
                required: [containerPort]
                properties:
                  name: {type: string, maxLength: 15}
                  containerPort: {type: integer, format: int32, minimum: 1, maximum: 65535}
{{- end }}
