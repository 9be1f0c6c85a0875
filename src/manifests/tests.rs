use std::fs;

use super::*;

fn read(paths: &[&Path], stdin: &str) -> ManifestSet {
    let paths: Vec<_> = paths.iter().map(|path| path.to_path_buf()).collect();
    ManifestSet::read(&paths, &mut stdin.as_bytes())
}

/// File, position and kind of every object; then what was skipped, then the errors.
fn outcome(set: &ManifestSet, base: &Path) -> Vec<String> {
    let objects = set.objects().map(|(manifest, root)| {
        format!(
            "{}:{} {}",
            manifest.source(),
            manifest.positions().of(root.node),
            root.written_as().group_kind()
        )
    });
    let skipped = set.skipped().iter().map(|it| format!("{}:{} skipped", it.source, it.position));
    let errors = set.errors().iter().map(ManifestError::to_string);
    let base = format!("{}/", base.display());
    objects.chain(skipped).chain(errors).map(|line| line.replace(&base, "")).collect()
}

#[test]
fn flattens_lists_and_counts_what_is_no_object() {
    let stdin = "
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod}
- apiVersion: apps/v1
  kind: DeploymentList
  items:
  - {apiVersion: apps/v1, kind: Deployment}
  - {spec: {}}
  - {kind: Deployment}
  - web
- {kind: Pod}
---
apiVersion: example.com/v1
kind: AllowList
spec: {}
---
replicas: 3
---
apiVersion: v1
kind: 3
---
# Nothing.
---
a: [
";
    assert_eq!(
        outcome(&read(&[Path::new("-")], stdin), Path::new("/")),
        [
            "stdin:5:3 Pod",
            "stdin:9:5 Deployment.apps",
            "stdin:10:5 Deployment.apps",
            "stdin:11:5 Deployment.apps",
            "stdin:15:1 AllowList.example.com",
            "stdin:12:5 skipped",
            "stdin:13:3 skipped",
            "stdin:19:1 skipped",
            "stdin:21:1 skipped",
            "stdin:26:4: unclosed bracket '['",
        ]
    );
}

#[test]
fn reads_directories_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path();
    let write = |path: &str, text: &[u8]| {
        let path = base.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("b.yaml", b"apiVersion: v1\nkind: B");
    write("a/z.yml", b"apiVersion: v1\nkind: Z");
    write("a/c.json", b"{\"apiVersion\": \"v1\",\n\"kind\": \"C\"}");
    write("a/.git/d.yaml", b"apiVersion: v1\nkind: Hidden");
    write("a/notes.txt", b"apiVersion: v1\nkind: Text");
    write("broken.yaml", b"a: 1\na: 2\n---\nb: ]\n---\napiVersion: v1\nkind: Last");
    write("latin.yaml", b"a: 1\nb: \xe9");
    write("empty/readme.md", b"");
    let objects = ["a/c.json:1:1 C", "a/z.yml:1:1 Z", "b.yaml:1:1 B", "broken.yaml:6:1 Last"];
    let errors = [
        "broken.yaml:2:1: the key `a` stands twice in one object, first at 1:1",
        "broken.yaml:4:4: misplaced bracket",
        "latin.yaml:2: not UTF-8 text: save it in that encoding",
    ];
    let all = [&objects[..], &errors[..]].concat();
    assert_eq!(outcome(&read(&[base], ""), base), all);

    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(base, base.join("a/loop")).unwrap();
        std::os::unix::fs::symlink(base.join("missing"), base.join("dangling.yaml")).unwrap();
        let set = read(&[base], "");
        assert_eq!(set.objects().count(), objects.len());
        assert!(set.errors()[1 + 1].to_string().contains("dangling.yaml: "));
    }

    let named = [&*base.join("a/.git"), &base.join("a/notes.txt"), &base.join("empty"), &base.join("gone")];
    let lines = outcome(&read(&named, ""), base);
    assert_eq!(lines[..2], ["a/.git/d.yaml:1:1 Hidden", "a/notes.txt:1:1 Text"]);
    assert_eq!(lines[2], "empty: no *.yaml, *.yml or *.json file in this directory or below");
    assert!(lines[3].starts_with("gone: "), "{}", lines[3]);
}

#[test]
fn refuses_what_is_too_large() {
    let mut endless = io::repeat(b' ');
    let set = ManifestSet::read(&["-".into()], &mut endless);
    assert_eq!(outcome(&set, Path::new("/")), ["stdin: larger than 64 MiB: split it"]);
}
