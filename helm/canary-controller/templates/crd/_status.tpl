{{- /* What the controller reports. Only it writes here, through the status subresource. */ -}}
{{- define "canary-controller.crd.status" -}}
description: What the controller has seen and decided.
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
  observedGeneration: {type: integer, format: int64, description: The generation that this status is about.}
  epoch: {type: integer, format: int64, description: 'The leader that looks after a running release: the controllers count them.'}
  heartbeat: {type: string, description: 'When a loop over a running release was last completed, as RFC 3339.'}
  phase:
    description: Where the release stands.
    type: string
    enum: [Healthy, Preparing, Progressing, Paused, Promoting, RollingBack, RolledBack]
  stableRevision: {type: string, description: The revision that serves those who are not on the canary.}
  canaryRevision: {type: string, description: 'The revision that is being released, else empty.'}
  previousRevision: {type: string, description: The revision that was stable before.}
  rejectedRevision: {type: string, description: The revision that was rolled back and is not released again.}
  artefacts:
    description: 'The artefact, such as a model, that each of these revisions pins: its annotation canary.serin.dev/artefact.'
    type: object
    maxProperties: 8
    additionalProperties: {type: string, maxLength: 200}
  weight: {type: integer, format: int32, description: Percent of user traffic asked for the canary.}
  observedWeight: {type: number, nullable: true, description: Percent seen in traffic.}
  step: {type: integer, format: int32, description: 'Index of the present step, from 0.'}
  reason: {type: string, description: 'What happens now and why, in one sentence.'}
  stalled: {type: string, description: 'The field that keeps the release from going on, and how to mend it.'}
  replicas: {type: integer, format: int32, description: 'Pods of the revision that serves, for the scale subresource.'}
  selector: {type: string, description: 'Label selector of the stable pods, for the scale subresource.'}
  evidence:
    description: 'One row for each rule and view, at the last look.'
    type: array
    maxItems: 16
    x-kubernetes-list-type: atomic
    items:
      type: object
      properties:
        rule: {type: string, description: The rule's key in spec.rules.}
        view: {type: string, description: 'Who counted: edge or application.'}
        verdict: {type: string, description: 'PASS, HOLD, ERROR or FAIL.'}
        detail: {type: string, description: 'The numbers, and what is missing, in words.'}
        needed: {type: integer, format: int64, description: Canary requests still missing for the coming step.}
        eta: {type: number, description: Seconds these take at the present rate.}
        warning: {type: boolean, description: Worth a look by people; it decides nothing.}
        against: {type: number, description: Log of the odds of a bet that the canary is bad.}
        proof: {type: number, description: Log of the odds of a bet that the coming step is safe.}
        canary:
          description: Answers of the canary since its first user.
          {{- include "canary-controller.crd.counts" . | nindent 10 }}
        stable:
          description: Answers of stable at the same time.
          {{- include "canary-controller.crd.counts" . | nindent 10 }}
  journal:
    description: 'The last weight changes, orders and endings; all of them are in the journal ConfigMaps.'
    type: array
    maxItems: 32
    x-kubernetes-list-type: atomic
    items:
      type: object
      properties:
        sequence: {type: integer, format: int64, description: 'Number of the line, from 1.'}
        time: {type: string, description: 'When, as RFC 3339.'}
        weightFrom: {type: integer, format: int32, description: Percent before.}
        weightTo: {type: integer, format: int32, description: Percent from then on.}
        phase: {type: string, description: The phase that it led to.}
        revision: {type: string, description: The revision that it is about.}
        rule: {type: string, description: 'What it rests on: rule and view, or a cause.'}
        numbers: {type: string, description: What that rule had counted.}
        reason: {type: string, description: 'Why, in one sentence.'}
        actor: {type: string, description: 'Who: the controller, or the user who gave the order.'}
  history:
    description: 'The last releases that ended.'
    type: array
    maxItems: 32
    x-kubernetes-list-type: atomic
    items:
      type: object
      properties:
        revision: {type: string, description: The revision that was released.}
        outcome: {type: string, description: 'Promoted, RolledBack, Aborted or Superseded.'}
        started: {type: string, description: 'When it began, as RFC 3339.'}
        ended: {type: string, description: 'When it ended, as RFC 3339.'}
        reason: {type: string, description: 'Why it ended so, in one sentence.'}
        actor: {type: string, description: 'Who ended it.'}
  control:
    description: The controller's own bookkeeping; it may change from version to version.
    type: object
    x-kubernetes-preserve-unknown-fields: true
  conditions:
    description: 'Ready, Reconciling and Stalled, as kstatus reads them.'
    type: array
    maxItems: 8
    # One writer: what it leaves out is gone.
    x-kubernetes-list-type: atomic
    items:
      type: object
      required: [type, status]
      properties:
        type: {type: string, maxLength: 316, description: 'Ready, Reconciling or Stalled.'}
        status: {type: string, enum: ["True", "False", Unknown], description: Whether it holds.}
        observedGeneration: {type: integer, format: int64, description: The generation that it is about.}
        lastTransitionTime: {type: string, format: date-time, description: Since when.}
        reason: {type: string, maxLength: 1024, description: 'The phase, or Stalled.'}
        message: {type: string, maxLength: 32768, description: 'Why, in one sentence.'}
{{- end }}

{{- define "canary-controller.crd.counts" -}}
type: object
properties:
  requests: {type: integer, format: int64, description: All that count for the rule.}
  bad: {type: integer, format: int64, description: Those that it calls bad.}
{{- end }}
