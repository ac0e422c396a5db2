{{- /* What the controller reports. Only it writes here, through the status subresource. */ -}}
{{- define "canary-controller.crd.status" -}}
type: object
# Nothing may count as ready before the controller has looked at it.
default:
  conditions:
    - type: Ready
      status: Unknown
      reason: Unseen
      message: the controller has not looked at this release yet
      lastTransitionTime: "1970-01-01T00:00:00Z"
    - type: Reconciling
      status: "True"
      reason: Unseen
      message: the controller has not looked at this release yet
      lastTransitionTime: "1970-01-01T00:00:00Z"
properties:
  observedGeneration: {type: integer, format: int64}
  phase:
    type: string
    enum: [Healthy, Preparing, Progressing, Paused, Promoting, RollingBack, RolledBack]
  stableRevision: {type: string}
  canaryRevision: {type: string}
  previousRevision: {type: string}
  rejectedRevision: {type: string}
  weight: {type: integer, format: int32, description: Percent of user traffic asked for the canary.}
  observedWeight: {type: number, nullable: true, description: Percent seen in traffic.}
  step: {type: integer, format: int32}
  reason: {type: string, description: 'What happens now and why, in one sentence.'}
  stalled: {type: string, description: 'The field that keeps the release from going on, and how to mend it.'}
  replicas: {type: integer, format: int32}
  selector: {type: string, description: 'Label selector of the stable pods, for the scale subresource.'}
  evidence:
    type: array
    maxItems: 16
    x-kubernetes-list-type: atomic
    items:
      type: object
      properties:
        rule: {type: string}
        view: {type: string}
        verdict: {type: string}
        detail: {type: string}
        needed: {type: integer, format: int64}
        canary:
          {{- include "canary-controller.crd.counts" . | nindent 10 }}
        stable:
          {{- include "canary-controller.crd.counts" . | nindent 10 }}
  journal:
    type: array
    maxItems: 32
    x-kubernetes-list-type: atomic
    items:
      type: object
      properties:
        sequence: {type: integer, format: int64}
        time: {type: string}
        weightFrom: {type: integer, format: int32}
        weightTo: {type: integer, format: int32}
        phase: {type: string}
        revision: {type: string}
        rule: {type: string}
        numbers: {type: string}
        reason: {type: string}
        actor: {type: string}
  history:
    type: array
    maxItems: 32
    x-kubernetes-list-type: atomic
    items:
      type: object
      properties:
        revision: {type: string}
        outcome: {type: string}
        started: {type: string}
        ended: {type: string}
        reason: {type: string}
        actor: {type: string}
  control:
    description: The controller's own bookkeeping; it may change from version to version.
    type: object
    x-kubernetes-preserve-unknown-fields: true
  conditions:
    type: array
    maxItems: 8
    # One writer: what it leaves out is gone.
    x-kubernetes-list-type: atomic
    items:
      type: object
      required: [type, status]
      properties:
        type: {type: string, maxLength: 316}
        status: {type: string, enum: ["True", "False", Unknown]}
        observedGeneration: {type: integer, format: int64}
        lastTransitionTime: {type: string, format: date-time}
        reason: {type: string, maxLength: 1024}
        message: {type: string, maxLength: 32768}
{{- end }}

{{- define "canary-controller.crd.counts" -}}
type: object
properties:
  requests: {type: integer, format: int64}
  errors: {type: integer, format: int64}
  slow: {type: integer, format: int64}
{{- end }}
