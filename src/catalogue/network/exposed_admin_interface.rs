//! `NET18 exposed-admin-interface`: what commands a cluster must not be open to everybody outside of it.

use crate::catalogue::beside::{self, RUNNING, Workload};
use crate::object::backend::Backend;
use crate::object::network::Service;
use crate::object::{Place, View as _};
use crate::policy::prelude::*;

policy! {
    /// The interface of an administrator's tool can be reached from outside the cluster.
    ///
    /// By its images a workload is known to be one of `images`. It is found behind a Service of the type `NodePort` or
    /// `LoadBalancer`, and behind an Ingress or an HTTPRoute, unless an annotation of the Ingress says who may come in.
    ///
    /// ## Why
    /// Such interfaces run commands, show Secrets or change data, many of them without a password, and they are looked for
    /// from the outside all the time: an open dashboard was how miners got into the clusters of large companies.
    ///
    /// ## Fix
    /// Make the Service `ClusterIP`, remove the route, and use `kubectl port-forward` or a proxy that asks who comes.
    ///
    /// ## Exceptions
    /// Load balancers and Ingress classes that are internal.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: dashboard, namespace: tools }
    /// spec: { type: LoadBalancer, selector: { app: dashboard }, ports: [{ port: 443 }] }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: dashboard, namespace: tools }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: dashboard } }
    ///     spec: { containers: [{ name: dashboard, image: "docker.io/kubernetesui/dashboard:v2.7.0" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: dashboard, namespace: tools }
    /// spec: { selector: { app: dashboard }, ports: [{ port: 443 }] }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: dashboard, namespace: tools }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: dashboard } }
    ///     spec: { containers: [{ name: dashboard, image: "docker.io/kubernetesui/dashboard:v2.7.0" }] }
    /// ```
    pub(super) ExposedAdminInterface = {
        code: "NET18",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::SERVICE, &kinds::INGRESS, &kinds::HTTP_ROUTE],
        needs: Facts,
        reads: &kinds::with::<{ RUNNING.len() + 1 }>(&kinds::SERVICE, RUNNING),
        equivalents: ["kubescape:C-0021"],
        references: ["https://kubernetes.io/docs/tasks/access-application-cluster/web-ui-dashboard/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The last parts of the repositories of images with such an interface: `prom/prometheus` is that of every registry.
    images: Vec<String>,
    /// Annotations by which an Ingress asks who comes; `false` and an empty value do not count.
    auth_annotations: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let images = [
            "adminer",
            "apache/airflow",
            "apache/nifi",
            "argoproj/argocd",
            "argoproj/argocli",
            "codecentric/spring-boot-admin",
            "dpage/pgadmin4",
            "headlamp-k8s/headlamp",
            "jaegertracing/all-in-one",
            "jaegertracing/jaeger-query",
            "jenkins/jenkins",
            "jupyterhub/jupyterhub",
            "kiali/kiali",
            "kibana/kibana",
            "kubeflow/centraldashboard",
            "kubernetesui/dashboard",
            "kubernetesui/dashboard-web",
            "linkerd/web",
            "longhornio/longhorn-ui",
            "mongo-express",
            "obsidiandynamics/kafdrop",
            "phpmyadmin",
            "portainer/portainer",
            "portainer/portainer-ce",
            "prom/alertmanager",
            "prom/prometheus",
            "prometheus/alertmanager",
            "prometheus/prometheus",
            "provectuslabs/kafka-ui",
            "rancher/rancher",
            "rediscommander/redis-commander",
            "traefik/traefik-dashboard",
            "weaveworks/scope",
        ];
        let annotations = [
            "alb.ingress.kubernetes.io/auth-type",
            "haproxy.org/auth-type",
            "nginx.ingress.kubernetes.io/auth-tls-secret",
            "nginx.ingress.kubernetes.io/auth-type",
            "nginx.ingress.kubernetes.io/auth-url",
            "nginx.ingress.kubernetes.io/whitelist-source-range",
            "traefik.ingress.kubernetes.io/router.middlewares",
        ];
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self { images: owned(&images), auth_annotations: owned(&annotations) }
    }
}

impl Check for ExposedAdminInterface {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        if let Some(service) = subject.lens::<Service<'static>>() {
            let Some(of_type) = service.spec().map(|spec| spec.kind()) else { return };
            if matches!(*of_type, "NodePort" | "LoadBalancer") {
                params.check_service(service, of_type.into(), context, out);
            }
            return;
        }
        let asks = |key: &String| object.annotation(key).is_some_and(|it| !matches!(*it, "" | "false"));
        if params.auth_annotations.iter().any(asks) {
            return;
        }
        for backend in Backend::all(kind, object) {
            if backend.namespace.is_some_and(|namespace| Some(*namespace) != subject.namespace) {
                continue;
            }
            let service = context.facts.named(&kinds::SERVICE, subject.namespace, &backend.name);
            let Some(service) = out.known(service) else { return };
            if let Some(service) = service.and_then(|service| Service::view(service.node())) {
                params.check_service(service, backend.name.into(), context, out);
            }
        }
    }
}

impl Params {
    fn check_service(
        &self,
        service: Service<'_>,
        place: Place<'_>,
        context: &Context<'_>,
        out: &mut Findings,
    ) {
        let Some(workloads) = out.known(beside::behind(context, RUNNING, service)) else { return };
        for workload in workloads {
            if let Some(image) = self.interface(workload) {
                let (kind, name) = (workload.kind.name, beside::shown_name(context, workload.object.node()));
                let image = shown(image);
                out.report(place, format_args!("opens `{image}` of {kind} `{name}` to the outside"));
                return;
            }
        }
    }

    /// The entry of the list that a workload runs.
    fn interface(&self, workload: Workload<'_>) -> Option<&str> {
        let pod = workload.pod()?;
        let runs = |listed: &str| {
            pod.images.iter().any(|image| {
                let rest = image.reference.path.strip_suffix(listed);
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            })
        };
        self.images.iter().map(String::as_str).find(|listed| runs(listed))
    }
}
