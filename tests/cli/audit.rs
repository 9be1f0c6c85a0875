//! `seawall audit`, against an API server that has what a test gives it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Run, files, run_in, seawall};

const PODS: &str = "/api/v1/pods";
const SERVICES: &str = "/api/v1/services";

/// What the API server answers for a path.
enum Answer {
    /// The items of a list.
    Items(Vec<Value>),
    /// An object.
    One(Value),
    /// A status with a message.
    Status(u16, &'static str),
    /// Nothing, and who waits for it is told.
    Silence,
}

/// An API server on a port of its own, and a folder with a kubeconfig for it. It has no objects but those of some paths.
struct Cluster {
    folder: TempDir,
    /// Told of each question that is not answered.
    silent: Receiver<()>,
}

impl Cluster {
    fn new(answers: Vec<(&'static str, Answer)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (told, silent) = channel();
        let answers: Arc<BTreeMap<_, _>> = Arc::new(answers.into_iter().collect());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answers, told) = (Arc::clone(&answers), told.clone());
                thread::spawn(move || serve(&stream, &answers, &told));
            }
        });
        Self { folder: files(&[("kubeconfig", &kubeconfig(address)), ("seawall.yaml", CONFIG)]), silent }
    }

    fn audit(&self, arguments: &str) -> Run {
        let arguments = format!("audit --kubeconfig kubeconfig --config seawall.yaml {arguments}");
        run_in(self.folder.path(), &arguments, "")
    }
}

const CONFIG: &str = "\
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: { IMG01: warn, NET04: audit }
";

fn kubeconfig(address: SocketAddr) -> String {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "it", "cluster": { "server": format!("http://{address}") } }],
        "users": [{ "name": "it", "user": { "token": "hunter2" } }],
        "contexts": [{ "name": "it", "context": { "cluster": "it", "user": "it" } }],
        "current-context": "it",
    })
    .to_string()
}

/// Answers on one connection until its client has gone.
fn serve(stream: &TcpStream, answers: &BTreeMap<&str, Answer>, told: &Sender<()>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    while let Some(request) = lines.next() {
        // A GET has no body.
        while lines.next().is_some_and(|header| !header.is_empty()) {}
        let path = request.split([' ', '?']).nth(1).unwrap_or_default();
        let (code, body) = match answers.get(path) {
            None => (200, json!({ "kind": "List", "metadata": {}, "items": [] })),
            Some(Answer::Items(items)) => (200, json!({ "kind": "List", "metadata": {}, "items": items })),
            Some(Answer::One(object)) => (200, object.clone()),
            Some(Answer::Status(code, message)) => {
                (*code, json!({ "kind": "Status", "code": code, "message": message }))
            }
            Some(Answer::Silence) => {
                let _ = told.send(());
                continue;
            }
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {code} It\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        if (&mut &*stream).write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

fn pod(name: &str, image: &str) -> Value {
    json!({
        "metadata": { "name": name, "namespace": "shop" },
        "spec": { "containers": [{ "name": "app", "image": image }] },
    })
}

fn owned(mut pod: Value) -> Value {
    let owner = json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "controller": true });
    pod["metadata"]["ownerReferences"] = json!([owner]);
    pod
}

fn lived_in() -> Vec<(&'static str, Answer)> {
    let pods = vec![pod("good", "app:1.4.2"), pod("web", "app:latest"), owned(pod("web-1", "app:latest"))];
    vec![(PODS, Answer::Items(pods))]
}

#[test]
fn what_exists_is_reported_as_check_reports_files() {
    let cluster = Cluster::new(lived_in());
    let run = cluster.audit("--ignore NET04");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let (finding, rest) = run.stdout.split_once("\n\n").unwrap();
    let mut lines = finding.lines();
    assert!(lines.next().unwrap().starts_with("warn[IMG01]: image `app:latest` "), "{finding}");
    assert_eq!(lines.next(), Some("  --> Pod shop/web, spec.containers[0].image"));
    assert!(lines.next().unwrap().starts_with("   = why: "), "{finding}");
    assert_eq!(
        rest,
        "kube-system is left out, as no webhook reviews it: give --all-namespaces for all\n\
         2 objects: 0 denied, 1 warning; 1 object is judged by the owner's template\n"
    );
    let lines = cluster.audit("--output json").json();
    let [finding, totals] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(
        (&finding["file"], &finding["line"], &finding["column"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(
        finding["object"],
        json!({ "apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web" })
    );
    assert_eq!(
        totals["totals"],
        json!({
            "objects": 2, "deny": 0, "warn": 1, "audit": 0, "known": 0, "gone": 0, "notEvaluated": 0,
            "skipped": 0, "owned": 1, "unlisted": 0, "complete": true,
        })
    );
}

#[test]
fn the_exit_code_says_how_bad_it_is() {
    for (change, arguments, code, said) in [
        (None, "", 0, ""),
        (None, "--fail-on warn", 1, ""),
        (None, "--select IMG01", 1, ""),
        (None, "--ignore IMG01 --fail-on warn", 0, ""),
        // What somebody may not see does not hide what they may.
        (
            Some((SERVICES, Answer::Status(403, "not yours"))),
            "--fail-on warn",
            1,
            "not listed: Service: not yours\n",
        ),
        (Some((SERVICES, Answer::Status(403, "not yours"))), "", 0, "; 1 kind not listed\n"),
        // What fails may hide anything.
        (Some((SERVICES, Answer::Status(500, "etcd is gone"))), "", 2, "not listed: Service: etcd is gone\n"),
        (
            Some((SERVICES, Answer::Status(400, "unable to parse"))),
            "",
            2,
            "not listed: Service: unable to parse\n",
        ),
        (Some((PODS, Answer::Status(401, "who are you"))), "", 2, "not listed: Pod: who are you\n"),
    ] {
        let cluster = Cluster::new(lived_in().into_iter().chain(change).collect());
        let run = cluster.audit(arguments);
        assert_eq!((run.code, run.stdout.contains(said)), (code, true), "{arguments} {run:?}");
        assert!(!run.stdout.contains("hunter2") && run.stderr.is_empty(), "{run:?}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_flag() {
    let none = r#"{"apiVersion":"v1","kind":"Config","contexts":[]}"#;
    let folder =
        files(&[("kubeconfig", &kubeconfig(([127, 0, 0, 1], 1).into())), ("none", none), ("broken", "a: [")]);
    for (arguments, expected) in [
        ("--kubeconfig missing", "error: --kubeconfig missing: "),
        ("--kubeconfig broken", "error: --kubeconfig broken: "),
        ("--kubeconfig none", "no current context: give --context"),
        ("--kubeconfig kubeconfig --context other", "--context other: there is no such context"),
        ("--kubeconfig none --context other", "--context other: there is no such context"),
        ("", "give --kubeconfig"),
        ("--context other", ".kube/config"),
        ("-A -n shop", "cannot be used with"),
        ("--config missing.yaml --kubeconfig kubeconfig", "missing.yaml"),
        ("--select IMG99 --kubeconfig kubeconfig", "IMG99"),
    ] {
        let run = seawall()
            .args(["audit"])
            .args(arguments.split_whitespace())
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env_remove("KUBERNETES_SERVICE_HOST")
            .output()
            .unwrap();
        let stderr = String::from_utf8(run.stderr).unwrap();
        assert_eq!((run.status.code(), run.stdout.as_slice()), (Some(2), &[][..]), "{arguments}: {stderr}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
}

#[test]
fn a_namespace_that_is_not_there_is_no_clean_namespace() {
    let namespace = |name: &'static str| {
        let found = json!({ "kind": "Namespace", "apiVersion": "v1", "metadata": { "name": "shop" } });
        let absent = Answer::Status(404, "not found");
        (name, if name.ends_with("shop") { Answer::One(found) } else { absent })
    };
    let namespaces = ["/api/v1/namespaces/shop", "/api/v1/namespaces/shpo"].map(namespace);
    let cluster = Cluster::new(namespaces.into_iter().collect());
    let run = cluster.audit("-n shop");
    assert_eq!((run.code, run.stdout.as_str()), (0, "0 objects: 0 denied, 0 warnings\n"), "{run:?}");
    let run = cluster.audit("-n shop,shpo");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
    assert_eq!(run.stderr, "error: --namespace shpo: the cluster does not have it\n");
}

#[test]
fn a_server_that_is_not_there_is_no_clean_cluster() {
    let folder = files(&[("kubeconfig", &kubeconfig(([127, 0, 0, 1], 1).into()))]);
    let run = run_in(folder.path(), "audit --kubeconfig kubeconfig --select IMG01", "");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
    assert!(run.stderr.starts_with("error: the cluster cannot be read: Namespace: "), "{}", run.stderr);
    assert!(run.stderr.contains("refused"), "{}", run.stderr);
}

#[test]
fn an_interruption_leaves_what_was_found_and_says_so() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let silence = [("/api/v1/podtemplates", Answer::Silence)];
        let jobs = [("/apis/batch/v1/jobs", Answer::Items(vec![job()]))];
        let cluster = Cluster::new(silence.into_iter().chain(jobs).collect());
        let child = seawall()
            .args(["audit", "--kubeconfig", "kubeconfig", "--select", "IMG01", "--output", "json"])
            .args(["--write-exceptions", "there.yaml", "--owner", "it", "--reason", "it"])
            .args(["--expires", "2999-01-01"])
            .current_dir(cluster.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        cluster.silent.recv().unwrap();
        let killed =
            Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        let (stdout, stderr) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        let said = "not everything was judged: there.yaml is not written\n";
        assert_eq!((output.status.code(), stderr.as_str()), (Some(code), said), "{stdout}");
        let lines: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [finding, totals] = lines.as_slice() else { panic!("{stdout}") };
        assert_eq!(finding["object"]["name"], "nightly");
        assert_eq!(totals["totals"]["complete"], false);
    }
}

#[test]
fn what_exists_is_the_baseline_of_tomorrow_or_an_exception() {
    let cluster = Cluster::new(lived_in());
    let baseline = cluster.audit("--fail-on warn --output json");
    assert_eq!(baseline.code, 1, "{baseline:?}");
    for (change, code, said, not_said) in [
        (None, 0, "1 known finding of base.jsonl not repeated\n", "gone"),
        (Some(Answer::Items(vec![pod("web", "app:1.2.3")])), 0, "1 finding of base.jsonl is gone\n", "known"),
        // Whether it is gone is not known of what may not be listed.
        (Some(Answer::Status(403, "not yours")), 2, "not listed: Pod: not yours\n", "gone"),
    ] {
        let change = change.map(|answer| (PODS, answer));
        let later = Cluster::new(lived_in().into_iter().chain(change).collect());
        std::fs::write(later.folder.path().join("base.jsonl"), &baseline.stdout).unwrap();
        let run = later.audit("--fail-on warn --baseline base.jsonl");
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.stdout.contains(said) && !run.stdout.contains(not_said), "{run:?}");
    }

    let written = cluster.audit(
        "--fail-on warn --write-exceptions there.yaml --owner team-shop --reason adoption --expires 2999-01-01",
    );
    assert_eq!(written.code, 0, "{written:?}");
    let configuration = cluster.folder.path().join("seawall.yaml");
    std::fs::write(configuration, format!("{CONFIG}exceptionFiles: [there.yaml]\n")).unwrap();
    let excepted = cluster.audit("--fail-on warn");
    assert_eq!(
        (excepted.code, excepted.stdout.contains(": 0 denied, 0 warnings, 1 audited")),
        (0, true),
        "{excepted:?}"
    );
}

fn job() -> Value {
    let template = json!({ "spec": pod("", "app:latest")["spec"] });
    json!({ "metadata": { "name": "nightly", "namespace": "shop" }, "spec": { "template": template } })
}
