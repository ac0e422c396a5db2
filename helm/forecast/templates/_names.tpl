{{- define "forecast.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "forecast.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "forecast.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "forecast.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: serin
{{- end }}

{{- /* A digest pins more than a tag, so it wins. */ -}}
{{- define "forecast.image" -}}
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

{{- /* What scales: the release in production, the Deployment elsewhere. */ -}}
{{- define "forecast.scaled" -}}
{{- if .Values.canary.enabled -}}
apiVersion: canary.serin.dev/v1alpha1
kind: CanaryRelease
{{- else -}}
apiVersion: apps/v1
kind: Deployment
{{- end }}
name: {{ include "forecast.fullname" . }}
{{- end }}

{{- define "forecast.host" -}}
{{- with .Values.ingress.host -}}
{{ . }}
{{- else -}}
{{ fail "ingress: ingress.host is not set: users could not be routed: add --set ingress.host=... or a values file" }}
{{- end -}}
{{- end }}
