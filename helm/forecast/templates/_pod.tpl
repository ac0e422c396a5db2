{{- /*
The pod template, the same in every environment. A release is exactly a change of this text, so nothing
may stand here that changes for another reason: no chart version, no Helm revision, no weight.
*/ -}}
{{- define "forecast.pod" -}}
metadata:
  labels:
    {{- include "forecast.selector" . | nindent 4 }}
    app.kubernetes.io/part-of: serin
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "8001"
    prometheus.io/path: /metrics
    {{- with .Values.model.digest }}
    canary.serin.dev/artefact: {{ . | quote }}
    {{- end }}
spec:
  serviceAccountName: {{ include "forecast.fullname" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  # Five seconds more than the service takes to let go of its users.
  terminationGracePeriodSeconds: {{ add .Values.drainSeconds .Values.graceSeconds 5 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "forecast.selector" . | nindent 10 }}
  containers:
    - name: service
      image: {{ include "forecast.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      env:
        {{- include "forecast.env" . | nindent 8 }}
      ports:
        - name: http
          containerPort: 8000
        - name: admin
          containerPort: 8001
      # The admin port has a thread of its own: a slow forecast is no reason for a restart. A refused model
      # is none either: the process lives, says why in its log, and never becomes ready.
      startupProbe:
        httpGet: {path: /livez, port: admin}
        periodSeconds: 1
        failureThreshold: 60
      readinessProbe:
        httpGet: {path: /readyz, port: admin}
        periodSeconds: 1
        timeoutSeconds: 2
        failureThreshold: 2
      livenessProbe:
        httpGet: {path: /livez, port: admin}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "forecast.env" -}}
- name: MODEL_VERSION
  value: {{ .Values.model.version | quote }}
{{- with .Values.model.digest }}
- name: MODEL_DIGEST
  value: {{ . | quote }}
{{- end }}
- name: THREADS
  value: {{ .Values.threads | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: DRAIN_SECONDS
  value: {{ .Values.drainSeconds | quote }}
- name: GRACE_SECONDS
  value: {{ .Values.graceSeconds | quote }}
{{- if .Values.faults.enabled }}
- name: FAULTS
  value: {{ toJson .Values.faults | quote }}
{{- end }}
# Empty where no controller gives revisions a name.
- name: REVISION
  valueFrom:
    fieldRef:
      fieldPath: metadata.labels['canary.serin.dev/revision']
{{- end }}
