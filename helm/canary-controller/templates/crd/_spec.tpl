{{- /* What an owner may ask for. Every refusal names its field. */ -}}
{{- define "canary-controller.crd.spec" -}}
description: What the owner asks for.
type: object
required: [template, ports, traffic, rules]
properties:
  replicas:
    description: Pods of the stable revision. Leave it out when a HorizontalPodAutoscaler owns it.
    type: integer
    format: int32
    minimum: 1
    maximum: 1000
    default: 1
  template:
    {{- include "canary-controller.crd.template" . | nindent 4 }}
  ports:
    description: Ports of the stable and the canary Service.
    type: array
    minItems: 1
    maxItems: 8
    x-kubernetes-list-type: map
    x-kubernetes-list-map-keys: [name]
    items:
      type: object
      required: [name, port]
      properties:
        name:
          description: What the Ingress calls the port.
          type: string
          maxLength: 15
          pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
        port: {type: integer, format: int32, minimum: 1, maximum: 65535, description: Number of the Service port.}
        targetPort:
          description: Number or name of a container port; the same number as port when left out.
          x-kubernetes-int-or-string: true
    x-kubernetes-validations:
      - rule: self.all(p, self.exists_one(q, q.port == p.port))
        message: ports must not offer the same port twice
  disruption:
    description: How many pods of one revision may be evicted at a time.
    type: object
    default: {}
    properties:
      maxUnavailable:
        description: A number of pods, or a percentage such as 25%.
        x-kubernetes-int-or-string: true
        default: 1
        x-kubernetes-validations:
          - rule: "type(self) == int ? self >= 0 : self.matches('^(100|[0-9]{1,2})%$')"
            message: disruption.maxUnavailable must be a number of pods or a percentage such as 25%
  rollbackWindow:
    description: How long the pods of the revision before stay ready after a release.
    {{- include "canary-controller.crd.duration" "10m" | nindent 4 }}
  revisionHistoryLimit:
    description: Revisions kept at size 0 to roll back to.
    type: integer
    format: int32
    minimum: 1
    maximum: 10
    default: 3
  progressDeadline:
    description: >-
      A release that gets no further for so long is rolled back. Waiting for a person does not count, nor does
      evidence that still comes in.
    {{- include "canary-controller.crd.duration" "30m" | nindent 4 }}
  traffic:
    description: The object that routes users, owned by the same chart as this release.
    type: object
    properties:
      router:
        description: The kind of that object.
        type: string
        enum: [ingress, httproute]
        default: ingress
      ingress:
        description: The Ingress, in the same namespace, whose backend is the Service <name>-stable.
        type: string
        minLength: 1
        maxLength: 253
        pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$'
      httproute:
        description: >-
          The HTTPRoute, in the same namespace, with parentRefs and hostnames and without rules: the controller
          writes those.
        type: string
        minLength: 1
        maxLength: 253
        pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$'
      port:
        description: Which of the ports the HTTPRoute leads to, by name; the first one when left out.
        type: string
        maxLength: 15
        pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
      rules:
        description: >-
          Rules of the HTTPRoute as the Gateway API has them (matches, filters, timeouts), without backendRefs;
          one rule for every request when left out.
        type: array
        minItems: 1
        maxItems: 16
        items:
          type: object
          x-kubernetes-preserve-unknown-fields: true
          properties:
            backendRefs:
              description: Refused; the controller writes them.
              type: array
              maxItems: 16
              items: {type: object, x-kubernetes-preserve-unknown-fields: true}
          x-kubernetes-validations:
            - rule: "!has(self.backendRefs)"
              fieldPath: .backendRefs
              message: traffic.rules must leave backendRefs out, the controller writes them
    x-kubernetes-validations:
      - rule: "self.router != 'ingress' || has(self.ingress)"
        fieldPath: .ingress
        message: traffic.ingress must name the Ingress, or traffic.router must be httproute
      - rule: "self.router != 'httproute' || has(self.httproute)"
        fieldPath: .httproute
        message: traffic.httproute must name the HTTPRoute
      - rule: "self.router == 'ingress' || !has(self.ingress)"
        fieldPath: .ingress
        message: traffic.ingress belongs to router ingress, leave one of them out
      - rule: "self.router == 'httproute' || !has(self.httproute)"
        fieldPath: .httproute
        message: traffic.httproute belongs to router httproute, leave it out or choose that
      - rule: "self.router == 'httproute' || !has(self.port)"
        fieldPath: .port
        message: traffic.port belongs to router httproute, the Ingress names its port itself
      - rule: "self.router == 'httproute' || !has(self.rules)"
        fieldPath: .rules
        message: traffic.rules belongs to router httproute, the Ingress has rules itself
  steps:
    {{- include "canary-controller.crd.steps" . | nindent 4 }}
  rules:
    {{- include "canary-controller.crd.rules" . | nindent 4 }}
  metrics:
    description: Where the numbers of the application come from; those of the proxy are always read.
    type: object
    default: {}
    properties:
      application:
        description: >-
          forecast: prometheus-flask-exporter and the metrics of forecasts; flask: prometheus-flask-exporter;
          custom: the names below; none: the application has no metrics.
        type: string
        enum: [forecast, flask, custom, none]
        default: flask
      custom:
        description: Names of the application's own metrics, whose series carry namespace, release and revision.
        type: object
        required: [histogram, status]
        properties:
          histogram:
            description: The histogram of request durations in seconds, without _bucket.
            {{- include "canary-controller.crd.metric" . | nindent 12 }}
          status:
            description: The label with the HTTP status.
            {{- include "canary-controller.crd.metric" . | nindent 12 }}
          predictions:
            description: A histogram of predicted values, without _bucket.
            {{- include "canary-controller.crd.metric" . | nindent 12 }}
          answers:
            description: A counter of forecasts.
            {{- include "canary-controller.crd.metric" . | nindent 12 }}
          badAnswers:
            description: A counter of forecasts that cannot be right.
            {{- include "canary-controller.crd.metric" . | nindent 12 }}
    x-kubernetes-validations:
      - rule: "!has(self.application) || self.application != 'custom' || has(self.custom)"
        message: metrics.custom must name the metrics when metrics.application is custom
  budget:
    description: What a release may cost.
    type: object
    default: {}
    properties:
      blind:
        description: How long the metrics store may give no answer before the release is rolled back.
        {{- include "canary-controller.crd.duration" "15m" | nindent 8 }}
      risk:
        description: >-
          Percentage points of all traffic that a bad canary may spoil unnoticed: divided by a weight, what
          must be excluded before that step.
        type: string
        maxLength: 16
        pattern: '^(10(\.0+)?|[1-9](\.[0-9]+)?|0\.([1-9]|0[1-9])[0-9]*)%$'
        default: "0.5%"
      badAnswers:
        description: Bad answers of a canary after which it goes back at once, without proof; 0 for no such number.
        type: integer
        format: int32
        minimum: 0
        default: 0
x-kubernetes-validations:
  {{- range $rule, $name := dict "predictions" "badAnswers" "drift" "predictions" }}
  - rule: >-
      !has(self.rules.{{ $rule }}) || has(self.metrics) && has(self.metrics.application)
      && (self.metrics.application == 'forecast' || self.metrics.application == 'custom'
      && has(self.metrics.custom) && has(self.metrics.custom.answers) && has(self.metrics.custom.{{ $name }}))
    message: >-
      metrics.application counts nothing that rules.{{ $rule }} could be held against: choose forecast, or custom
      with answers and {{ $name }}
    fieldPath: .metrics.application
  {{- end }}
  - rule: "!has(self.traffic.port) || self.ports.exists(p, p.name == self.traffic.port)"
    fieldPath: .traffic.port
    message: traffic.port must be the name of one of the ports
{{- end }}

{{- define "canary-controller.crd.steps" -}}
description: Shares of user traffic on the way to all of it, in percent.
type: array
minItems: 1
maxItems: 20
default: [{weight: 10, hold: 60s}, {weight: 100}]
items:
  type: object
  required: [weight]
  properties:
    weight: {type: integer, format: int32, minimum: 1, maximum: 100, description: The canary's share.}
    hold:
      description: The least time at this weight.
      {{- include "canary-controller.crd.duration" "0s" | nindent 6 }}
    approval: {type: boolean, default: false, description: Go on only after `canary promote`.}
x-kubernetes-validations:
  - rule: self.map(s, s.weight).isSorted() && self.all(s, self.exists_one(t, t.weight == s.weight))
    message: steps must rise, every weight greater than the one before
  - rule: self[self.size() - 1].weight == 100
    message: steps must end with weight 100
  - rule: "!has(self[self.size() - 1].approval) || !self[self.size() - 1].approval"
    message: steps must not ask for approval at weight 100; ask on the step before
{{- end }}

{{- define "canary-controller.crd.rules" -}}
description: What the canary must keep to, seen from the edge and from the application.
type: object
properties:
  errors:
    description: Answers with an error.
    type: object
    required: [max]
    properties:
      max:
        description: The largest share of bad answers.
        {{- include "canary-controller.crd.share" "" | nindent 8 }}
      tolerance:
        description: Percentage points by which the canary may be worse than stable at the same time.
        {{- include "canary-controller.crd.share" "0%" | nindent 8 }}
  latency:
    description: Answers that come too late.
    type: object
    required: [within, for]
    properties:
      within:
        description: The time limit of one answer; an edge of the histograms' buckets.
        {{- include "canary-controller.crd.duration" "" | nindent 8 }}
        x-kubernetes-validations:
          - rule: self.matches('[1-9]')
            message: rules.latency.within must be longer than no time at all
      for:
        description: The least share of answers that keep to it.
        {{- include "canary-controller.crd.share" "" | nindent 8 }}
      tolerance:
        description: Percentage points by which the canary may be worse than stable at the same time.
        {{- include "canary-controller.crd.share" "2%" | nindent 8 }}
  predictions:
    description: What forecasts must keep to; needs metrics that count them.
    type: object
    required: [max]
    properties:
      max:
        description: The largest share of forecasts that are constant, negative or no number.
        {{- include "canary-controller.crd.share" "" | nindent 8 }}
      tolerance:
        description: Percentage points by which the canary may be worse than stable at the same time.
        {{- include "canary-controller.crd.share" "0%" | nindent 8 }}
  drift:
    description: What happens when the canary predicts something else than stable.
    type: object
    properties:
      above:
        description: The population stability index, less what chance adds, from which on it counts.
        type: string
        pattern: '^[0-9]{1,3}(\.[0-9]{1,6})?$'
        default: "0.2"
      action:
        description: Tell people, or take the release back.
        type: string
        enum: [warn, rollback]
        default: warn
  resources:
    description: >-
      What the canary's containers may use, over the last minute and from two minutes after their start;
      needs the kubelet's metrics.
    type: object
    properties:
      throttled:
        description: The largest share of CPU periods in which they wanted more than their limit.
        {{- include "canary-controller.crd.share" "" | nindent 8 }}
      memory:
        description: The largest share of its memory limit that the fullest container may keep in use.
        {{- include "canary-controller.crd.share" "" | nindent 8 }}
      restarts:
        description: >-
          Restarts of canary containers after which one more takes the release back; without it the second
          does, and the first where a pod is not ready for 30 s.
        type: integer
        format: int32
        minimum: 0
        maximum: 1000
      action:
        description: >-
          Tell people, or take the release back, where the canary is above throttled or memory and stable
          is not.
        type: string
        enum: [warn, rollback]
        default: warn
    x-kubernetes-validations:
      - rule: has(self.throttled) || has(self.memory) || has(self.restarts)
        message: rules.resources must have throttled, memory or restarts
  confidence:
    description: >-
      How sure both decisions are: a good canary is rolled back, and a bad one given to everybody,
      with at most the rest as probability.
    type: string
    maxLength: 16
    pattern: '^[89][0-9](\.[0-9]{1,3})?%$'
    default: "99%"
x-kubernetes-validations:
  - rule: has(self.errors) || has(self.latency)
    message: rules must have errors, latency or both
{{- end }}

{{- define "canary-controller.crd.metric" -}}
type: string
maxLength: 128
pattern: '^[a-zA-Z_:][a-zA-Z0-9_:]*$'
{{- end }}

{{- define "canary-controller.crd.duration" -}}
type: string
maxLength: 16
pattern: '^[0-9]+(\.[0-9]+)?(ms|s|m|h)$'
{{- with . }}
default: {{ . }}
{{- end }}
{{- end }}

{{- define "canary-controller.crd.share" -}}
type: string
maxLength: 16
pattern: '^(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)%$'
{{- with . }}
default: {{ . }}
{{- end }}
{{- end }}
