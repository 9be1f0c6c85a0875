//! Files: exceptions beside the configuration, and changes that are followed.

use std::fs;
use std::path::Path;

use super::*;
use crate::config::watch::Watcher;

fn write(directory: &Path, name: &str, text: &str) {
    fs::create_dir_all(directory.join(name).parent().unwrap()).unwrap();
    fs::write(directory.join(name), text).unwrap();
}

const EXCEPTIONS: &str = "apiVersion: seawall.dev/v1\nkind: Exceptions\nexceptions:
- { policies: [IMG01], scope: { namespaces: [NAMESPACE] }, owner: me, reason: x, expires: 2027-01-01 }\n";

#[test]
fn reads_files_with_exceptions() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let main = directory.join("seawall.yaml");
    write(directory, "teams/a/seawall.yaml", &EXCEPTIONS.replace("NAMESPACE", "a"));
    write(directory, "teams/b/seawall.yaml", &EXCEPTIONS.replace("NAMESPACE", "b"));
    write(directory, "teams/..c/seawall.yaml", &EXCEPTIONS.replace("NAMESPACE", "c"));
    write(directory, "teams/notes.txt", "");
    write(directory, "more.yaml", &EXCEPTIONS.replace("NAMESPACE", "d"));
    write(
        directory,
        "seawall.yaml",
        &format!("{HEAD}exceptionFiles: [more.yaml, 'teams/*/*.yaml', 'none-*.yaml']\n"),
    );
    let loaded = load(Some(&main), &Overrides::default(), now()).unwrap();
    assert_eq!(
        loaded.files,
        ["seawall.yaml", "more.yaml", "teams/a/seawall.yaml", "teams/b/seawall.yaml"]
            .map(|it| directory.join(it))
    );
    let modes = ["a", "b", "c", "d"].map(|namespace| mode(&loaded, "IMG01", namespace));
    assert_eq!(modes, [Mode::Audit, Mode::Audit, Mode::Deny, Mode::Audit]);

    write(directory, "teams/b/seawall.yaml", &EXCEPTIONS.replace("owner: me, ", ""));
    write(
        directory,
        "seawall.yaml",
        &format!("{HEAD}exceptionFiles: [gone.yaml, 'teams/**/*.yaml', 'teams/b/*.yaml']\nratchet: 1\n"),
    );
    let errors = load(Some(&main), &Overrides::default(), now()).unwrap_err().to_string();
    let errors = errors.replace(&format!("{}/", directory.display()), "");
    assert_eq!(
        errors.lines().collect::<Vec<_>>(),
        [
            "seawall.yaml:3:29: exceptionFiles[1]: `**` is not supported: name each level of directories",
            "seawall.yaml:4:10: ratchet: must be a boolean, not a number",
            "gone.yaml: cannot be read: No such file or directory (os error 2)",
            "teams/b/seawall.yaml:4:3: exceptions[0]: `owner` is missing",
        ]
    );
}

#[test]
fn names_the_flag_of_a_file_that_is_not_there() {
    let errors = load(Some(Path::new("/nowhere/seawall.yaml")), &Overrides::default(), now()).unwrap_err();
    assert!(errors.to_string().starts_with("--config /nowhere/seawall.yaml: cannot be read: "), "{errors}");
}

#[test]
fn sees_changes_and_reports_bad_ones_once() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    // A mounted ConfigMap: the file is a link into `..data`, which is a link that is swapped.
    let version = |name: &str, profile: &str| {
        write(
            directory,
            &format!("{name}/seawall.yaml"),
            &format!("{HEAD}profile: {profile}\nexceptionFiles: [x.yaml]\n"),
        );
        write(directory, &format!("{name}/x.yaml"), &EXCEPTIONS.replace("NAMESPACE", "a"));
        let link = directory.join("..tmp");
        std::os::unix::fs::symlink(name, &link).unwrap();
        fs::rename(link, directory.join("..data")).unwrap();
    };
    version("..1", "strict");
    for file in ["seawall.yaml", "x.yaml"] {
        std::os::unix::fs::symlink(Path::new("..data").join(file), directory.join(file)).unwrap();
    }
    let main = directory.join("seawall.yaml");
    let (mut watcher, first) = Watcher::start(&main, Overrides::default(), now()).unwrap();
    let mut digests = vec![first.config.digest];
    assert!(watcher.poll(now()).is_none(), "nothing has changed");

    for (name, profile) in [("..2", "baseline"), ("..3", "none")] {
        version(name, profile);
        assert!(watcher.poll(now()).is_none(), "it may still be being written");
        digests.push(watcher.poll(now()).unwrap().unwrap().config.digest);
        assert!(watcher.poll(now()).is_none(), "reported already");
    }
    digests.dedup();
    assert_eq!(digests.len(), 3);

    version("..4", "stricter");
    assert!(watcher.poll(now()).is_none());
    assert!(watcher.poll(now()).unwrap().is_err());
    assert!(watcher.poll(now()).is_none(), "a bad configuration is reported once");
    fs::write(directory.join("..4/x.yaml"), EXCEPTIONS.replace("NAMESPACE", "b")).unwrap();
    assert!(watcher.poll(now()).is_none());
    assert!(watcher.poll(now()).unwrap().is_err(), "files with exceptions are looked at too");
    fs::remove_file(&main).unwrap();
    assert!(watcher.poll(now()).is_none());
    assert!(watcher.poll(now()).unwrap().unwrap_err().to_string().starts_with("--config "));
    write(directory, "seawall.yaml", HEAD);
    assert!(watcher.poll(now()).is_none());
    assert!(watcher.poll(now()).unwrap().is_ok());
}
