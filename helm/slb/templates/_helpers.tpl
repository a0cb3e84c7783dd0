{{/* The labels that select the pods: never change them, a Deployment's selector is immutable. */}}
{{- define "slb.selector" -}}
app.kubernetes.io/name: slb
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "slb.labels" -}}
{{ include "slb.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Several releases in one cluster are of no use (they would serve the same objects), but their names must not clash. */}}
{{- define "slb.name" -}}
{{- if eq .Release.Name "slb" }}slb{{ else }}{{ printf "%s-slb" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "slb.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "slb.bindAddress" -}}
{{- if .Values.bindPodIP }}
- {name: SLB_BIND_ADDRESS, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
{{- end }}
{{- end }}
