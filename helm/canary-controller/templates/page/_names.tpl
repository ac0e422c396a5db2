{{- define "canary-controller.page.selector" -}}
app.kubernetes.io/name: canary-page
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "canary-controller.page.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "canary-controller.page.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: serin
{{- end }}

{{- define "canary-controller.page.name" -}}
{{ include "canary-controller.fullname" . }}-page
{{- end }}

{{- /* The users of the cluster that the page may act as: those of its operators, each once. */ -}}
{{- define "canary-controller.page.operators" -}}
{{- $names := list -}}
{{- range .Values.page.users -}}
{{- if eq .role "operator" -}}
{{- $names = append $names .actsAs -}}
{{- end -}}
{{- end -}}
{{- $names | uniq | toJson -}}
{{- end }}
