//! The server as a process: what it refuses to start with, and how it stops.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part ends the test")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;

fn seawall(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
    command.arg("serve").args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit code and standard error of a server that must not start.
fn refused(args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = seawall(args).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A certificate for `localhost` that expires in a year, and its key.
fn pair(folder: &Path, name: &str, expires: i32) -> (PathBuf, PathBuf) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(expires, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let (certificate_file, key_file) =
        (folder.join(format!("{name}.crt")), folder.join(format!("{name}.key")));
    fs::write(&certificate_file, certificate.pem()).unwrap();
    fs::write(&key_file, key.serialize_pem()).unwrap();
    (certificate_file, key_file)
}

fn with_pair(certificate: &Path, key: &Path) -> (Option<i32>, String) {
    refused(&["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()])
}

#[test]
fn an_expired_certificate_is_refused() {
    let folder = TempDir::new().unwrap();
    let (certificate, key) = pair(folder.path(), "old", 2021);
    let (code, error) = with_pair(&certificate, &key);
    assert_eq!(code, Some(2), "{error}");
    assert!(
        error.contains("--tls-cert") && error.contains("old.crt") && error.contains("expired"),
        "{error}"
    );
}

#[test]
fn flags_that_need_others_say_which() {
    let folder = TempDir::new().unwrap();
    let (certificate, key) = pair(folder.path(), "good", 2090);
    let files = ["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let service = ["--service", "seawall/seawall"];
    for (flags, expected) in [
        ([&files[..], &["--webhook-config", "seawall"]].concat(), "--service"),
        ([&files[..], &service, &["--webhook-config", "seawall"]].concat(), "--tls-ca"),
        ([&files[..], &["--webhook-config-fields", "ca-bundle"]].concat(), "--webhook-config"),
        ([&files[..], &service, &["--tls-secret", "seawall-tls"]].concat(), "--tls-secret"),
        (vec!["--tls-secret", "seawall-tls"], "--service"),
        ([&service[..], &["--tls-secret", "seawall-tls"]].concat(), "--kubeconfig"),
        (vec!["--tls-ca", "ca.crt"], "--tls-cert"),
        (vec!["--tls-ca", "ca.crt", "--dev"], "--dev"),
        (vec!["--dev", "--webhook-config", "seawall", "--service", "seawall/seawall"], "--dev"),
        (vec!["--dev", "--service", "seawall"], "NAMESPACE/NAME"),
    ] {
        let (code, error) = refused(&flags);
        assert_eq!(code, Some(2), "{flags:?}: {error}");
        assert!(error.contains(expected), "{flags:?}: {error}");
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let folder = TempDir::new().unwrap();
    let (certificate, _) = pair(folder.path(), "one", 2090);
    let (_, key) = pair(folder.path(), "other", 2090);
    let (code, error) = with_pair(&certificate, &key);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("--tls-key") && error.contains("other.key"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let folder = TempDir::new().unwrap();
    let (_, key) = pair(folder.path(), "one", 2090);
    let (code, error) = with_pair(&folder.path().join("missing.crt"), &key);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("--tls-cert") && error.contains("missing.crt"), "{error}");
}

#[test]
fn a_port_in_use_is_named_with_its_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["--listen", "--admin-listen"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
        command.args(["serve", "--dev", flag, &address]);
        let other = if flag == "--listen" { "--admin-listen" } else { "--listen" };
        let output = command.args([other, "127.0.0.1:0"]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(flag) && error.contains(&address) && error.contains("in use"), "{error}");
    }
}

#[test]
fn every_error_of_a_bad_configuration_is_listed_at_the_start() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("seawall.yaml");
    let text = "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: relaxed\nmaxmode: warn\n\
                policies:\n  latest-image-tga: deny\n  IMG03: maybe\nrules:\n  - policies: [SEC]\n    mode: 7\n";
    fs::write(&file, text).unwrap();
    let (code, error) = refused(&["--dev", "--config", file.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{error}");
    for part in ["yaml:3:", "yaml:4:", "`maxMode`", "yaml:6:", "`latest-image-tag`", "yaml:7:", "yaml:10:"] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn without_a_certificate_there_is_nothing_to_serve() {
    let (code, error) = refused(&[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("--tls-cert"), "{error}");
}

/// A server that runs, and dies with the test.
struct Running {
    process: Child,
    log: BufReader<ChildStderr>,
    admin: String,
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let mut process = seawall(args).args(["--dev"]).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("\"message\":\"serving\"") {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "ended before it served");
        }
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let admin = line["admin.address"].as_str().unwrap().to_owned();
        Self { process, log, admin }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.admin).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for a line of the log.
    fn says(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "never said {text}");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn it_is_ready_and_stops_in_order() {
    let mut server = Running::start(&["--drain-delay", "1"]);
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    let verbose = server.get("/readyz?verbose");
    assert!(verbose.contains("[+]configuration ok") && verbose.contains("[+]certificate ok"), "{verbose}");
    assert!(server.get("/metrics").contains("\nseawall_config_info{digest="));
    server.signal("-TERM");
    server.says("not ready from now on");
    assert!(server.get("/readyz").starts_with("HTTP/1.1 503"), "draining");
    assert!(server.get("/livez").starts_with("HTTP/1.1 200"), "alive to the end");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_second_signal_stops_it_at_once() {
    let mut server = Running::start(&["--drain-delay", "3600"]);
    server.signal("-TERM");
    server.says("not ready from now on");
    server.signal("-INT");
    server.says("stopping at once");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}
