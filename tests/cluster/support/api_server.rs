//! A further API server: with flags of its own and nothing in it, or beside the first one.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use http::Method;
use serde_json::Value;

use super::api::{self, Answer};
use super::audit::{self, Call};
use super::control_plane::ControlPlane;
use super::ports;
use super::process::Process;
use super::wait::{PATIENCE, eventually};

/// The administrator's kubeconfig in its folder.
const ADMIN: &str = "admin.kubeconfig";

/// An API server that shares etcd with the control plane; it ends with this value.
pub(crate) struct ApiServer<'c> {
    process: Process,
    arguments: Vec<String>,
    pub(crate) address: SocketAddr,
    client: kube::Client,
    cluster: &'c ControlPlane,
    dir: PathBuf,
}

impl<'c> ApiServer<'c> {
    /// Starts one that has nothing in it, with further flags, and waits until it is ready.
    pub(crate) fn start(cluster: &'c ControlPlane, name: &str, flags: &[String]) -> Result<Self> {
        let own = [format!("--etcd-prefix=/{name}"), "--service-cluster-ip-range=127.97.0.0/16".to_owned()];
        Self::start_with(cluster, name, &[&own, flags].concat())
    }

    /// Starts one that serves what the first one does, as where there are several for fear that one fails.
    pub(crate) fn beside(cluster: &'c ControlPlane, name: &str) -> Result<Self> {
        Self::start_with(cluster, name, &["--service-cluster-ip-range=127.96.0.0/16".to_owned()])
    }

    fn start_with(cluster: &'c ControlPlane, name: &str, flags: &[String]) -> Result<Self> {
        let dir = cluster.dir().join(format!("api-server-{name}"));
        fs::create_dir_all(&dir)?;
        let address = ports::loopback()?;
        let file = |name: &str| cluster.dir().join(name).to_string_lossy().into_owned();
        let own = [
            format!("--etcd-servers={}", cluster.etcd()),
            "--authorization-mode=RBAC".to_owned(),
            format!("--audit-policy-file={}", file(audit::POLICY)),
            format!("--audit-log-path={}", dir.join(audit::LOG).display()),
            format!("--token-auth-file={}", file("tokens.csv")),
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
            format!("--service-account-key-file={}", file("sa.pub")),
            format!("--service-account-signing-key-file={}", file("sa.key")),
            // The certificate of the first one is for the same address.
            format!("--cert-dir={}", file("certs")),
            format!("--bind-address={}", address.ip()),
            format!("--advertise-address={}", address.ip()),
            format!("--secure-port={}", address.port()),
            "--endpoint-reconciler-type=none".to_owned(),
        ];
        let arguments = [&own, flags].concat();
        let process = Process::start(&cluster.program("kube-apiserver"), &arguments, &dir, "kube-apiserver")?;
        let kubeconfig = fs::read_to_string(cluster.kubeconfig("admin"))?;
        let mut kubeconfig: Value = serde_json::from_str(&kubeconfig)?;
        kubeconfig["clusters"][0]["cluster"]["server"] = format!("https://{address}").into();
        let path = dir.join(ADMIN);
        fs::write(&path, kubeconfig.to_string())?;
        let client = cluster.runtime().block_on(api::connect(&path))?;
        let mut server = Self { process, arguments, address, client, cluster, dir };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Ends it without warning.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.process.signal("KILL")?;
        self.process.wait(PATIENCE).map(drop)
    }

    /// Starts it again after its end, and waits until it is ready.
    pub(crate) fn restart(&mut self) -> Result<()> {
        let program = self.cluster.program("kube-apiserver");
        self.process = Process::start(&program, &self.arguments, &self.dir, "kube-apiserver")?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        eventually(PATIENCE, || {
            self.process.expect_running()?;
            Ok(self.call(Method::GET, "/readyz", None).ok().filter(Answer::is_success))
        })
        .with_context(|| format!("the API server in {} does not become ready", self.dir.display()))
        .map(drop)
    }

    /// The kubeconfig of a user for whom the administrator speaks, with these groups.
    pub(crate) fn kubeconfig(&self, user: &str, groups: &[&str]) -> Result<String> {
        let mut kubeconfig: Value = serde_json::from_str(&fs::read_to_string(self.dir.join(ADMIN))?)?;
        kubeconfig["users"][0]["user"]["as"] = user.into();
        kubeconfig["users"][0]["user"]["as-groups"] = groups.into();
        let path = self.dir.join(format!("{user}.kubeconfig"));
        fs::write(&path, kubeconfig.to_string())?;
        Ok(path.to_string_lossy().into_owned())
    }

    /// All calls to it by a user, in the order in which they were answered.
    pub(crate) fn audited(&self, user: &str) -> Result<Vec<Call>> {
        audit::calls(&self.dir.join(audit::LOG), |it| it == user)
    }

    /// The client, for calls of its own.
    pub(crate) fn client(&self) -> kube::Client {
        self.client.clone()
    }

    /// A call to its API as the administrator.
    pub(crate) fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let body = body.map(Value::to_string);
        self.cluster.runtime().block_on(api::call(&self.client, method, path, body, &[]))
    }
}
