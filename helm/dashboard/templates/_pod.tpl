{{- define "dashboard.pod" -}}
metadata:
  labels:
    {{- include "dashboard.selector" . | nindent 4 }}
    app.kubernetes.io/part-of: serin
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "8001"
    prometheus.io/path: /metrics
spec:
  serviceAccountName: {{ include "dashboard.fullname" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  # Five seconds of farewell, and five more than the requests in flight may take.
  terminationGracePeriodSeconds: {{ add .Values.graceSeconds 10 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    # What a volume holds belongs to the pages.
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "dashboard.selector" . | nindent 10 }}
  # The tables are there before anybody asks. Two that start together wait for each other.
  initContainers:
    - name: migrate
      image: {{ include "dashboard.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      command: [python, -m, dashboard.database, migrate]
      env:
        {{- include "dashboard.databaseEnv" . | nindent 8 }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      {{- include "dashboard.confined" . | nindent 6 }}
  containers:
    - name: dashboard
      image: {{ include "dashboard.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      env:
        {{- include "dashboard.env" . | nindent 8 }}
      ports:
        - name: http
          containerPort: 8000
        - name: admin
          containerPort: 8001
      # The kubelet waits before it stops the pod, until no proxy sends it anybody any more.
      lifecycle:
        preStop:
          sleep: {seconds: 5}
      # The admin port has threads of its own. A forecast that is away is no reason against these pages.
      startupProbe:
        httpGet: {path: /livez, port: admin}
        periodSeconds: 1
        failureThreshold: 60
      readinessProbe:
        httpGet: {path: /readyz, port: admin}
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      livenessProbe:
        httpGet: {path: /livez, port: admin}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      {{- include "dashboard.confined" . | nindent 6 }}
  {{- if not .Values.database.secretName }}
  volumes:
    - name: data
      {{- if .Values.database.volume.enabled }}
      persistentVolumeClaim:
        claimName: {{ include "dashboard.claim" . }}
      {{- else }}
      emptyDir: {}
      {{- end }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "dashboard.env" -}}
- name: FORECAST_URL
  value: {{ .Values.forecast.url | quote }}
- name: FORECAST_HOST
  value: {{ include "dashboard.forecastHost" . | quote }}
- name: FORECAST_TIMEOUT_SECONDS
  value: {{ .Values.forecast.timeoutSeconds | quote }}
- name: FORECAST_TRIES
  value: {{ .Values.forecast.tries | quote }}
- name: THREADS
  value: {{ .Values.threads | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: GRACE_SECONDS
  value: {{ .Values.graceSeconds | quote }}
- name: SECRET_KEY
  valueFrom:
    secretKeyRef:
      name: {{ include "dashboard.sessionSecret" . }}
      key: secret-key
- name: COOKIE_SECURE
  value: {{ ternary "yes" "no" (or .Values.session.secureCookie (ne .Values.ingress.tlsSecret "")) | quote }}
- name: SESSION_IDLE_MINUTES
  value: {{ .Values.session.idleMinutes | quote }}
- name: SESSION_HOURS
  value: {{ .Values.session.hours | quote }}
{{ include "dashboard.databaseEnv" . }}
{{- end }}

{{- define "dashboard.databaseEnv" -}}
- name: DATABASE_URL
  {{- with .Values.database.secretName }}
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: url
  {{- else }}
  value: sqlite:////data/dashboard.db
  {{- end }}
{{- end }}

{{- define "dashboard.confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- if not .Values.database.secretName }}
volumeMounts:
  - name: data
    mountPath: /data
{{- end }}
{{- end }}
