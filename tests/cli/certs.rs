//! `seawall certs`, against files, a server, and what the recipes in `certs` make.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use jiff::{SignedDuration, Timestamp};
use seawall::certificates::dev::self_signed;
use serde_json::Value;

use crate::support::{Run, files, run_in, seawall};

const NAME: &str = "seawall.seawall.svc";

fn days_ago(days: i64) -> Timestamp {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    Timestamp::from_second(now.try_into().unwrap()).unwrap() - SignedDuration::from_hours(24 * days)
}

/// The checks of a run that went wrong, as `check: problem`.
fn problems(run: &Run) -> Vec<String> {
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let wrong = report["checks"].as_array().unwrap().iter().filter(|it| it["ok"] == false);
    let say = |it: &Value| format!("{}: {}", it["check"].as_str().unwrap(), it["problem"].as_str().unwrap());
    wrong.map(say).collect()
}

#[test]
fn what_is_wrong_with_a_certificate_is_said() {
    let (good, other) =
        (self_signed([NAME], days_ago(0)).unwrap(), self_signed([NAME], days_ago(0)).unwrap());
    let (due, past) =
        (self_signed([NAME], days_ago(20)).unwrap(), self_signed([NAME], days_ago(31)).unwrap());
    let early = self_signed([NAME], days_ago(-2)).unwrap();
    let dir = files(&[
        ("good.crt", &good.certificate_pem),
        ("ca.crt", &good.ca_pem),
        ("other.crt", &other.ca_pem),
        ("due.crt", &due.certificate_pem),
        ("past.crt", &past.certificate_pem),
        ("past-ca.crt", &past.ca_pem),
        ("early.crt", &early.certificate_pem),
        ("empty.crt", ""),
        ("key.crt", &good.key_pem.0),
    ]);
    for (arguments, code, expected) in [
        ("--cert good.crt --ca ca.crt --server-name seawall.seawall.svc", 0, &[][..]),
        ("--cert good.crt", 0, &[]),
        ("--cert good.crt --warn-days 31", 1, &["validity of CN=seawall: expires within 31 days"]),
        ("--cert due.crt", 1, &["validity of CN=seawall: expires within 14 days"]),
        ("--cert due.crt --warn-days 5", 0, &[]),
        ("--cert early.crt", 1, &["validity of CN=seawall: not valid before "]),
        (
            "--cert past.crt --ca past-ca.crt",
            1,
            &["validity of CN=seawall: expired at ", "verified by past-ca.crt: it has expired"],
        ),
        (
            "--cert good.crt --ca other.crt",
            1,
            &["verified by other.crt: none of the authorities has issued it"],
        ),
        (
            "--cert good.crt --ca ca.crt --server-name seawall.other.svc",
            1,
            &["for seawall.other.svc: the certificate is for other names"],
        ),
    ] {
        let run = run_in(dir.path(), &format!("certs --output json {arguments}"), "");
        assert_eq!(run.code, code, "{arguments}: {run:?}");
        let problems = problems(&run);
        assert_eq!(problems.len(), expected.len(), "{arguments}: {problems:?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{arguments}: {problem}");
        }
    }
    for (arguments, expected) in [
        ("--cert missing.crt", "cannot read missing.crt (--cert)"),
        ("--cert empty.crt", "empty.crt (--cert) holds no certificate"),
        ("--cert key.crt", "key.crt (--cert) holds no certificate"),
        ("--cert good.crt --ca empty.crt", "empty.crt (--ca) holds no certificate"),
        ("--cert good.crt --address 127.0.0.1:1", "cannot be used with"),
        ("--address nowhere", "--address nowhere: give host and port"),
        ("--cert good.crt --kubeconfig missing", "--webhook-config"),
        ("--cert good.crt --webhook-config it --kubeconfig missing", "--kubeconfig missing"),
    ] {
        let run = run_in(dir.path(), &format!("certs {arguments}"), "");
        assert_eq!((run.code, run.stderr.contains(expected)), (2, true), "{arguments}: {run:?}");
    }
}

#[test]
fn a_person_is_shown_everything_that_counts() {
    let made = self_signed([NAME, "127.0.0.1"], days_ago(1)).unwrap();
    let dir = files(&[("tls.crt", &made.certificate_pem)]);
    let run = run_in(dir.path(), "certs --cert tls.crt --server-name 127.0.0.1", "");
    assert_eq!(run.code, 0, "{run:?}");
    for expected in [
        "subject     CN=seawall\n",
        "names       seawall.seawall.svc, 127.0.0.1\n",
        "issuer      CN=seawall dev authority ",
        "(28 days left)\n",
        "key         ECDSA P-256\n",
        "ok      for 127.0.0.1\n",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
    assert!(run.stderr.contains("--ca or --webhook-config"), "{}", run.stderr);
}

/// A server of the binary, ended with this value.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let arguments = ["serve", "--dev", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"];
        let mut child =
            seawall().args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let serving = lines.find(|line| line.contains("\"serving\"")).unwrap();
        let line: Value = serde_json::from_str(&serving).unwrap();
        // What else is written must not stop the server.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: line["webhook.address"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_is_asked_for_its_certificate() {
    let server = Server::start();
    let made = self_signed([NAME], days_ago(0)).unwrap();
    let dir = files(&[("ca.crt", &made.ca_pem)]);
    let ask = |arguments: &str| {
        run_in(dir.path(), &format!("certs --output json --address {} {arguments}", server.address), "")
    };
    let run = ask("--server-name localhost");
    assert_eq!(run.code, 0, "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["source"], server.address.as_str());
    assert_eq!(report["chain"][0]["names"], serde_json::json!(["localhost", "127.0.0.1", "::1"]));
    assert_eq!((&report["chain"][0]["daysLeft"], &report["ok"]), (&29.into(), &true.into()));

    let run = ask("--ca ca.crt");
    assert_eq!((run.code, problems(&run)[0].contains("none of the authorities")), (1, true), "{run:?}");
}

#[test]
fn a_server_that_shows_nothing_is_no_reason_to_wait() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let run = run_in(Path::new("."), &format!("certs --address {address}"), "");
    assert_eq!((run.code, run.stderr.contains("no certificate within 5 s")), (2, true), "{run:?}");

    std::thread::spawn(move || {
        for stream in silent.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let run = run_in(Path::new("."), &format!("certs --address {address}"), "");
    assert_eq!((run.code, run.stderr.contains("does not show a certificate")), (2, true), "{run:?}");
}

fn make(arguments: &[&str], directory: &Path) -> (Option<i32>, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/certs/make-certificate.sh");
    let output = Command::new("sh").arg(script).args(arguments).current_dir(directory).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_recipe_makes_what_is_taken() {
    use std::os::unix::fs::PermissionsExt;

    if Command::new("openssl").arg("version").output().is_err() {
        // Standard error of a test that passes is not shown, so the terminal is told directly.
        let _ = writeln!(std::io::stderr(), "skipped: the recipe needs openssl, which is not installed");
        return;
    }
    let dir = files(&[]);
    let (code, stderr) = make(&["--service", "web-hook", "--namespace", "guard", "made"], dir.path());
    assert_eq!(code, Some(0), "{stderr}");
    let names: Vec<_> = std::fs::read_dir(dir.path().join("made")).unwrap().collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for (file, mode) in [("ca.key", 0o600), ("tls.key", 0o600), ("ca.crt", 0o644), ("tls.crt", 0o644)] {
        let found = std::fs::metadata(dir.path().join("made").join(file)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{file}");
    }
    let check = "certs --output json --ca made/ca.crt --server-name web-hook.guard.svc --cert";
    let run = run_in(dir.path(), &format!("{check} made/tls.crt"), "");
    assert_eq!(run.code, 0, "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&report["chain"][0]["key"], &report["chain"][0]["daysLeft"]),
        (&"ECDSA P-256".into(), &364.into())
    );

    let before = std::fs::read(dir.path().join("made/tls.key")).unwrap();
    let (code, stderr) = make(&["made"], dir.path());
    assert_eq!((code, stderr.contains("is there already")), (Some(2), true), "{stderr}");
    assert_eq!(std::fs::read(dir.path().join("made/tls.key")).unwrap(), before);

    let renewed =
        ["--authority", "made", "--service", "web-hook", "--namespace", "guard", "--days", "30", "new"];
    let (code, stderr) = make(&renewed, dir.path());
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!dir.path().join("new/ca.key").exists());
    assert_eq!(run_in(dir.path(), &format!("{check} new/tls.crt"), "").code, 0);

    for arguments in
        [&["--service", "a.b", "x"][..], &["--namespace", "a\nb", "x"], &["--days", "0", "x"], &[]]
    {
        assert_eq!(make(arguments, dir.path()).0, Some(2), "{arguments:?}");
        assert!(!dir.path().join("x").exists(), "{arguments:?}");
    }
}
