//! A real etcd, API server and controller manager, shared by all scenarios of a run.

use std::fs;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use http::Method;
use rcgen::KeyPair;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::api::{self, Answer};
use super::audit;
use super::binaries::Binaries;
use super::places;
use super::ports;
use super::process::Process;
use super::wait::{PATIENCE, eventually};

/// Impersonated users are in this group besides their own, so that RBAC lets them do what a scenario is about.
pub(crate) const EVERYTHING_ALLOWED: &str = "scenarios:everything-allowed";

/// Users with a token: name, uid and groups as the API server's token file has them.
const ADMIN: &str = "admin,admin,\"system:masters\"";
const CONTROLLER_MANAGER: &str = "system:kube-controller-manager,system:kube-controller-manager";
const SEAWALL: &str = "seawall,seawall";

/// A control plane; it ends with this value.
pub(crate) struct ControlPlane {
    // In the order in which they have to end: the API server needs etcd to do so in peace.
    _controller_manager: Process,
    _api_server: Process,
    etcd_process: Process,
    client: kube::Client,
    runtime: Runtime,
    binaries: Binaries,
    etcd: String,
    api_server: SocketAddr,
    dir: TempDir,
}

/// The files and addresses that the programs share.
struct Plan<'a> {
    binaries: &'a Binaries,
    dir: &'a Path,
    api_server: SocketAddr,
    etcd: String,
}

impl ControlPlane {
    /// Starts everything and waits until it answers.
    pub(crate) fn start(binaries: &Binaries) -> Result<Self> {
        let dir = places::scratch("cluster-")?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let plan = Plan {
            binaries,
            dir: dir.path(),
            api_server: ports::loopback()?,
            etcd: format!("http://{}", ports::loopback()?),
        };
        let tokens = plan.write_credentials()?;
        fs::write(plan.file(audit::POLICY), audit::policy().to_string())?;
        let etcd = plan.start_etcd()?;
        let mut api_server = plan.start_api_server()?;
        plan.write_kubeconfigs(&mut api_server, &tokens)?;
        let client = runtime.block_on(api::connect(&plan.dir.join("admin.kubeconfig")))?;
        eventually(PATIENCE, || {
            api_server.expect_running()?;
            let answer = runtime.block_on(api::call(&client, Method::GET, "/readyz", None, &[]));
            Ok(answer.ok().filter(Answer::is_success))
        })
        .context("the API server does not become ready")?;
        let controller_manager = plan.start_controller_manager()?;
        let etcd_address = plan.etcd;
        let cluster = Self {
            _controller_manager: controller_manager,
            _api_server: api_server,
            etcd_process: etcd,
            client,
            runtime,
            binaries: binaries.clone(),
            etcd: etcd_address,
            api_server: plan.api_server,
            dir,
        };
        cluster.prepare()?;
        Ok(cluster)
    }

    /// Another one of the same release, for what is about a whole cluster.
    pub(crate) fn another(&self) -> Result<Self> {
        Self::start(&self.binaries)
    }

    /// A call to the API as the administrator.
    pub(crate) fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer> {
        self.call_with(method, path, body, &[])
    }

    /// A call with further headers.
    pub(crate) fn call_with(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let body = body.map(serde_json::Value::to_string);
        self.runtime.block_on(api::call(&self.client, method, path, body, headers))
    }

    /// The client, for calls of its own.
    pub(crate) fn client(&self) -> kube::Client {
        self.client.clone()
    }

    /// Where asynchronous parts of a scenario run.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// A program of the control plane.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.binaries.program(name)
    }

    /// Sends a signal to etcd. Others may be using the control plane: only to [`another`](Self::another) one.
    pub(crate) fn signal_etcd(&self, signal: &str) -> Result<()> {
        self.etcd_process.signal(signal)
    }

    /// Where etcd listens.
    pub(crate) fn etcd(&self) -> &str {
        &self.etcd
    }

    /// A folder for files of the run.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Where the API server listens.
    pub(crate) fn api_server(&self) -> SocketAddr {
        self.api_server
    }

    /// The kubeconfig of `admin` or `seawall`.
    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.dir().join(format!("{user}.kubeconfig"))
    }

    /// Rights, and the namespace in which the Services of webhooks are.
    fn prepare(&self) -> Result<()> {
        let bind = |name: &str, role: &str, subject: serde_json::Value| {
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": name},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [subject],
            })
        };
        let rbac = "/apis/rbac.authorization.k8s.io/v1";
        let watches_namespaces = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "namespaces-watched"},
            "rules": [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list", "watch"]}],
        });
        let group = json!({
            "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": EVERYTHING_ALLOWED,
        });
        let user = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "seawall"});
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": super::registration::NAMESPACE},
        });
        let objects = [
            (format!("{rbac}/clusterroles"), watches_namespaces),
            (format!("{rbac}/clusterrolebindings"), bind("namespaces-watched", "namespaces-watched", user)),
            (format!("{rbac}/clusterrolebindings"), bind("everything-allowed", "cluster-admin", group)),
            ("/api/v1/namespaces".to_owned(), namespace),
        ];
        for (path, object) in objects {
            self.call(Method::POST, &path, Some(&object))?.success()?;
        }
        Ok(())
    }
}

/// The secret tokens of the users, in the order of the constants above.
struct Tokens([String; 3]);

impl Plan<'_> {
    fn file(&self, name: &str) -> String {
        self.dir.join(name).to_string_lossy().into_owned()
    }

    fn start_etcd(&self) -> Result<Process> {
        let peers = format!("http://{}", ports::loopback()?);
        let arguments = [
            format!("--data-dir={}", self.file("etcd")),
            "--unsafe-no-fsync".to_owned(),
            "--log-level=error".to_owned(),
            format!("--listen-client-urls={}", self.etcd),
            format!("--advertise-client-urls={}", self.etcd),
            format!("--listen-peer-urls={peers}"),
            format!("--initial-advertise-peer-urls={peers}"),
            format!("--initial-cluster=default={peers}"),
        ];
        Process::start(&self.binaries.program("etcd"), arguments, self.dir, "etcd")
    }

    fn start_api_server(&self) -> Result<Process> {
        let arguments = [
            format!("--etcd-servers={}", self.etcd),
            // Nodes may do what their Pods need, and nothing else.
            "--authorization-mode=Node,RBAC".to_owned(),
            "--enable-admission-plugins=NodeRestriction".to_owned(),
            format!("--audit-policy-file={}", self.file(audit::POLICY)),
            format!("--audit-log-path={}", self.file(audit::LOG)),
            // As every installer has it: privileged containers are what Seawall is asked about.
            "--allow-privileged=true".to_owned(),
            format!("--token-auth-file={}", self.file("tokens.csv")),
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
            format!("--service-account-key-file={}", self.file("sa.pub")),
            format!("--service-account-signing-key-file={}", self.file("sa.key")),
            // Part of the loopback network: the address of a Service is the address of a local process.
            "--service-cluster-ip-range=127.96.0.0/16".to_owned(),
            format!("--cert-dir={}", self.file("certs")),
            format!("--bind-address={}", self.api_server.ip()),
            format!("--advertise-address={}", self.api_server.ip()),
            format!("--secure-port={}", self.api_server.port()),
            // It refuses to publish a loopback address as the endpoint of the Service `kubernetes`.
            "--endpoint-reconciler-type=none".to_owned(),
        ];
        Process::start(&self.binaries.program("kube-apiserver"), arguments, self.dir, "kube-apiserver")
    }

    fn start_controller_manager(&self) -> Result<Process> {
        let arguments = [
            format!("--kubeconfig={}", self.file("controller-manager.kubeconfig")),
            format!("--cert-dir={}", self.file("controller-manager-certs")),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={}", ports::loopback()?.port()),
            format!("--service-account-private-key-file={}", self.file("sa.key")),
            format!("--root-ca-file={}", self.file("ca.crt")),
            // Each controller then writes as itself, as in every real cluster.
            "--use-service-account-credentials=true".to_owned(),
            "--leader-elect=false".to_owned(),
            // All scenarios share it, and none should wait for another.
            "--kube-api-qps=200".to_owned(),
            "--kube-api-burst=400".to_owned(),
        ];
        let program = self.binaries.program("kube-controller-manager");
        Process::start(&program, arguments, self.dir, "kube-controller-manager")
    }

    fn write_credentials(&self) -> Result<Tokens> {
        let key = KeyPair::generate()?;
        fs::write(self.dir.join("sa.key"), key.serialize_pem())?;
        fs::write(self.dir.join("sa.pub"), key.public_key_pem())?;
        let tokens = [secret()?, secret()?, secret()?];
        let users = tokens.iter().zip([ADMIN, CONTROLLER_MANAGER, SEAWALL]);
        let lines: Vec<String> = users.map(|(token, user)| format!("{token},{user}")).collect();
        fs::write(self.dir.join("tokens.csv"), lines.join("\n"))?;
        Ok(Tokens(tokens))
    }

    /// Waits for the certificate that the API server makes for itself; its issuer stands second in the file.
    fn write_kubeconfigs(&self, api_server: &mut Process, tokens: &Tokens) -> Result<()> {
        let certificate = self.dir.join("certs/apiserver.crt");
        let authority = eventually(PATIENCE, || {
            api_server.expect_running()?;
            let Ok(chain) = fs::read_to_string(&certificate) else { return Ok(None) };
            let begin = "-----BEGIN CERTIFICATE-----";
            let second = chain.match_indices(begin).nth(1).map(|(start, _)| chain[start..].to_owned());
            Ok(second.filter(|pem| pem.contains("-----END CERTIFICATE-----")))
        });
        fs::write(self.dir.join("ca.crt"), authority.context("the API server makes no certificate")?)?;
        for (token, name) in tokens.0.iter().zip(["admin", "controller-manager", "seawall"]) {
            let kubeconfig = json!({
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "it", "cluster": {
                    "server": format!("https://{}", self.api_server),
                    "certificate-authority": self.file("ca.crt"),
                }}],
                "users": [{"name": "it", "user": {"token": token}}],
                "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
                "current-context": "it",
            });
            fs::write(self.dir.join(format!("{name}.kubeconfig")), kubeconfig.to_string())?;
        }
        Ok(())
    }
}

fn secret() -> Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
