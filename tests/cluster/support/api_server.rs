//! A further API server with flags of its own and nothing in it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use http::Method;
use serde_json::Value;

use super::api::{self, Answer};
use super::control_plane::ControlPlane;
use super::ports;
use super::process::Process;
use super::wait::{PATIENCE, eventually};

/// An API server that shares etcd with the control plane, but not what is in it; it ends with this value.
pub(crate) struct ApiServer<'c> {
    process: Process,
    client: kube::Client,
    cluster: &'c ControlPlane,
    dir: PathBuf,
}

impl<'c> ApiServer<'c> {
    /// Starts it with further flags and waits until it is ready.
    pub(crate) fn start(cluster: &'c ControlPlane, name: &str, flags: &[String]) -> Result<Self> {
        let dir = cluster.dir().join(format!("api-server-{name}"));
        fs::create_dir_all(&dir)?;
        let address = ports::loopback()?;
        let file = |name: &str| cluster.dir().join(name).to_string_lossy().into_owned();
        let own = [
            format!("--etcd-servers={}", cluster.etcd()),
            format!("--etcd-prefix=/{name}"),
            "--authorization-mode=RBAC".to_owned(),
            format!("--token-auth-file={}", file("tokens.csv")),
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
            format!("--service-account-key-file={}", file("sa.pub")),
            format!("--service-account-signing-key-file={}", file("sa.key")),
            "--service-cluster-ip-range=127.97.0.0/16".to_owned(),
            // The certificate of the first one is for the same address.
            format!("--cert-dir={}", file("certs")),
            format!("--bind-address={}", address.ip()),
            format!("--advertise-address={}", address.ip()),
            format!("--secure-port={}", address.port()),
            "--endpoint-reconciler-type=none".to_owned(),
        ];
        let program = cluster.program("kube-apiserver");
        let process = Process::start(&program, own.iter().chain(flags), &dir, "kube-apiserver")?;
        let kubeconfig = fs::read_to_string(cluster.kubeconfig("admin"))?;
        let mut kubeconfig: Value = serde_json::from_str(&kubeconfig)?;
        kubeconfig["clusters"][0]["cluster"]["server"] = format!("https://{address}").into();
        let path = dir.join("admin.kubeconfig");
        fs::write(&path, kubeconfig.to_string())?;
        let client = cluster.runtime().block_on(api::connect(&path))?;
        let mut server = Self { process, client, cluster, dir };
        eventually(PATIENCE, || {
            server.process.expect_running()?;
            Ok(server.call(Method::GET, "/readyz", None).ok().filter(Answer::is_success))
        })
        .with_context(|| format!("the API server in {} does not become ready", server.dir.display()))?;
        Ok(server)
    }

    /// A call to its API as the administrator.
    pub(crate) fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let body = body.map(Value::to_string);
        self.cluster.runtime().block_on(api::call(&self.client, method, path, body, &[]))
    }
}
