{{- define "dashboard.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "dashboard.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dashboard.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "dashboard.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: serin
{{- end }}

{{- /* A digest pins more than a tag, so it wins. */ -}}
{{- define "dashboard.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else if .tag -}}
{{ .repository }}:{{ .tag }}
{{- else -}}
{{ fail "image: neither image.tag nor image.digest is set: the chart cannot guess a version: add --set image.tag=..." }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "dashboard.host" -}}
{{- with .Values.ingress.host -}}
{{ . }}
{{- else -}}
{{ fail "ingress: ingress.host is not set: people could not be routed: add --set ingress.host=... or a values file" }}
{{- end -}}
{{- end }}

{{- define "dashboard.forecastHost" -}}
{{- with .Values.forecast.host -}}
{{ . }}
{{- else -}}
{{ fail "forecast: forecast.host is not set: the entrance would not know which forecast is meant: add --set forecast.host=... or a values file" }}
{{- end -}}
{{- end }}

{{- define "dashboard.sessionSecret" -}}
{{ .Values.session.secretName | default (printf "%s-session" (include "dashboard.fullname" .)) }}
{{- end }}

{{- define "dashboard.claim" -}}
{{ .Values.database.volume.claimName | default (include "dashboard.fullname" .) }}
{{- end }}

{{- /* One file has one writer: with SQLite there is one pod, and the old one ends before the new one begins. */ -}}
{{- define "dashboard.replicas" -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.database.secretName) -}}
{{ fail "replicas: more than one pod cannot share SQLite: set database.secretName to a Secret with the url of a PostgreSQL" }}
{{- end -}}
{{ .Values.replicas }}
{{- end }}
