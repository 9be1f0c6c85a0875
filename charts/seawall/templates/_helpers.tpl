{{/* The name of the chart, or what stands for it. */}}
{{- define "seawall.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of nearly every object: that of the release, with the chart's unless it is in there already. It leaves
room for what is put behind it. */}}
{{- define "seawall.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- $name := include "seawall.name" . }}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "seawall.selectorLabels" -}}
app.kubernetes.io/name: {{ include "seawall.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end }}

{{/* Labels of everything but Pods: these never change with an upgrade of the chart alone. */}}
{{- define "seawall.labels" -}}
{{ include "seawall.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name and namespace of an object of the release. */}}
{{- define "seawall.metadata" -}}
name: {{ include "seawall.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "seawall.labels" . | nindent 2 }}
{{- end }}

{{- define "seawall.serviceAccountName" -}}
{{- if .Values.serviceAccount.name }}{{ .Values.serviceAccount.name }}
{{- else if .Values.serviceAccount.create }}{{ include "seawall.fullname" . }}
{{- else }}default
{{- end }}
{{- end }}

{{- define "seawall.image" -}}
{{- $image := .Values.image }}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}
{{- else }}{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* The Secret with the certificate: ours, cert-manager's or somebody else's. Each has a name of its own, so that one
way can follow another without two writers of one Secret. */}}
{{- define "seawall.secretName" -}}
{{- $mode := .Values.certificates.mode }}
{{- if eq $mode "files" }}{{ .Values.certificates.secretName }}
{{- else if eq $mode "certManager" }}{{ include "seawall.fullname" . }}-certificate
{{- else }}{{ include "seawall.fullname" . }}-tls
{{- end }}
{{- end }}

{{/* The first of the names that the API server asks for, and the one that it checks. */}}
{{- define "seawall.serverName" -}}
{{ include "seawall.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{/* The webhooks of a static registration: those given, or those that the chart's own configuration needs, which are
made for a release and a namespace with placeholders as their names. */}}
{{- define "seawall.webhooks" -}}
{{- if .Values.registration.webhooks }}
{{- toYaml .Values.registration.webhooks }}
{{- else }}
{{- $text := .Files.Get "files/webhooks.yaml" | replace "release-namespace" .Release.Namespace | replace "release-fullname" (include "seawall.fullname" .) }}
{{- $webhooks := (fromYaml $text).webhooks }}
{{- range $webhooks }}
{{- $_ := set .clientConfig.service "port" (int $.Values.ports.service) }}
{{- end }}
{{- toYaml $webhooks }}
{{- end }}
{{- end }}
