//! `seawall check --fix` and `--diff`.

use std::fs;
use std::path::Path;

use crate::support::{Run, files, run_in};

const PRIVILEGED: &str = "\
# The agent.
apiVersion: v1
kind: Pod
metadata: { name: web }   # one
spec:
  containers:
    - name: web
      image: \"nginx:1.27.1\"
      securityContext:
        privileged: true # for iptables
";

fn check(directory: &Path, arguments: &str) -> Run {
    run_in(directory, &format!("check --select SEC01 {arguments}"), "")
}

fn fixed(text: &str) -> String {
    text.replace("privileged: true", "privileged: false")
}

#[test]
fn files_are_edited_in_place_and_a_second_run_changes_nothing() {
    let clean = PRIVILEGED.replace("privileged: true", "privileged: false");
    let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a","securityContext":{"privileged":true}}]}}"#;
    let several = format!("{PRIVILEGED}---\n{PRIVILEGED}");
    let directory =
        files(&[("a.yaml", PRIVILEGED), ("b/b.json", json), ("c.yaml", &several), ("d.yaml", &clean)]);
    let path = directory.path();
    let run = check(path, ". --fix");
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.stdout, "5 objects: 0 denied, 0 warnings\n");
    assert_eq!(run.stderr, "4 findings fixed in 3 files\n");
    let read = |name: &str| fs::read_to_string(path.join(name)).unwrap();
    assert_eq!(read("a.yaml"), clean);
    assert_eq!(read("b/b.json"), json.replace("true", "false"));
    assert_eq!(read("c.yaml"), fixed(&several));
    let names: Vec<_> = fs::read_dir(path).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    let again = check(path, ". --fix");
    assert_eq!((again.code, again.stderr.as_str()), (0, "0 findings fixed in 0 files\n"));
    assert_eq!(read("a.yaml"), clean);
}

#[test]
fn a_diff_changes_nothing_and_can_be_applied() {
    for flags in ["--diff", "--fix --diff"] {
        let directory = files(&[("a.yaml", PRIVILEGED)]);
        let run = check(directory.path(), &format!("a.yaml {flags}"));
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(
            run.stdout,
            "--- a.yaml\n+++ a.yaml\n@@ -7,4 +7,4 @@\n     - name: web\n       image: \"nginx:1.27.1\"\n       \
             securityContext:\n-        privileged: true # for iptables\n+        privileged: false # for iptables\n"
        );
        assert_eq!(run.stderr, "1 object: 0 denied, 0 warnings\n1 finding would be fixed in 1 file\n");
        assert_eq!(fs::read_to_string(directory.path().join("a.yaml")).unwrap(), PRIVILEGED);
    }
}

#[test]
fn standard_input_is_written_to_standard_output() {
    let clean = fixed(PRIVILEGED);
    for (text, count) in
        [(PRIVILEGED, "1 finding fixed in 1 file\n"), (&clean, "0 findings fixed in 0 files\n")]
    {
        let run = run_in(Path::new("."), "check --select SEC01 - --fix", text);
        assert_eq!((run.code, run.stdout.as_str()), (0, clean.as_str()));
        assert!(run.stderr.ends_with(count), "{}", run.stderr);
    }
}

#[test]
fn what_remains_decides_and_what_cannot_be_fixed_is_said() {
    let anchored = PRIVILEGED.replace("securityContext:\n", "securityContext: &c\n")
        + "    - name: too\n      image: nginx:latest\n      securityContext: *c\n";
    let directory = files(&[("a.yaml", &anchored), ("b.yaml", PRIVILEGED)]);
    let run = run_in(directory.path(), "check --select SEC01,IMG01 a.yaml b.yaml --fix", "");
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.ends_with("2 objects: 3 denied, 0 warnings\n"), "{}", run.stdout);
    assert_eq!(
        run.stderr,
        "not fixed: a.yaml:10:21: SEC01 at spec.containers[0].securityContext.privileged: an edit of this text would \
         change more than the field\n\
         not fixed: a.yaml:10:21: SEC01 at spec.containers[1].securityContext.privileged: the field comes through a \
         YAML alias or merge key\n\
         1 finding fixed in 1 file\n"
    );
    assert_eq!(fs::read_to_string(directory.path().join("a.yaml")).unwrap(), anchored);
    assert_eq!(fs::read_to_string(directory.path().join("b.yaml")).unwrap(), fixed(PRIVILEGED));
}

#[test]
fn json_output_has_the_patch() {
    let directory = files(&[("a.yaml", PRIVILEGED)]);
    let run = check(directory.path(), "a.yaml --output json");
    assert_eq!(
        run.json()[0]["fix"],
        serde_json::json!([
            { "op": "replace", "path": "/spec/containers/0/securityContext/privileged", "value": false },
        ])
    );
}

#[test]
fn nothing_is_written_if_a_file_cannot_be() {
    let directory = files(&[("a.yaml", PRIVILEGED), ("b.yaml", PRIVILEGED), ("c.yaml", "a: [")]);
    let path = directory.path();
    let unchanged = || fs::read_to_string(path.join("a.yaml")).unwrap() == PRIVILEGED;
    let broken = check(path, ". --fix");
    assert_eq!((broken.code, unchanged()), (2, true), "{broken:?}");
    let mut permissions = fs::metadata(path.join("b.yaml")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path.join("b.yaml"), permissions).unwrap();
    let read_only = check(path, "a.yaml b.yaml --fix");
    assert_eq!((read_only.code, unchanged()), (2, true), "{read_only:?}");
    assert!(read_only.stderr.contains("b.yaml: read-only"), "{}", read_only.stderr);
    assert_eq!(fs::read_dir(path).unwrap().count(), 3);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_permissions_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = files(&[("real/a.yaml", PRIVILEGED)]);
    let path = directory.path();
    let real = path.join("real/a.yaml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/a.yaml", path.join("link.yaml")).unwrap();
    let run = check(path, "link.yaml real --fix");
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.stderr, "1 finding fixed in 1 file\n");
    assert_eq!(fs::read_link(path.join("link.yaml")).unwrap(), Path::new("real/a.yaml"));
    assert_eq!(fs::read_to_string(&real).unwrap(), fixed(PRIVILEGED));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}
