{{- define "canary-controller.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "canary-controller.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "canary-controller.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "canary-controller.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: serin
{{- end }}

{{- /* Other names than the controller's, so that no selector of its pods takes in the dead-man's. */ -}}
{{- define "canary-controller.deadman.selector" -}}
app.kubernetes.io/name: canary-deadman
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "canary-controller.deadman.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "canary-controller.deadman.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: serin
{{- end }}

{{- define "canary-controller.image" -}}
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

{{- define "canary-controller.scoped" -}}
name: {{ include "canary-controller.fullname" . }}
{{- with .Values.scope.namespace }}
namespace: {{ . }}
{{- end }}
{{- end }}

{{- define "canary-controller.subject" -}}
- kind: ServiceAccount
  name: {{ include "canary-controller.fullname" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
