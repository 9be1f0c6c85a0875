//! The other commands.

use std::process::Stdio;

use crate::support::{run, seawall};

#[test]
fn policies_are_listed_for_people_and_for_programs() {
    let table = run("policies list");
    let json: serde_json::Value = serde_json::from_str(&run("policies list --output json").stdout).unwrap();
    let codes: Vec<_> = json.as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
    let in_table: Vec<_> =
        table.stdout.lines().skip(1).map(|it| it.split_whitespace().next().unwrap()).collect();
    assert_eq!((table.code, &in_table), (0, &codes));
    assert!(codes.contains(&"IMG01"), "{codes:?}");
    assert_eq!(run("policies").stdout, table.stdout);
}

#[test]
fn policies_are_found_by_theme_severity_profile_and_what_they_replace() {
    let codes = |arguments: &str| -> Vec<String> {
        let listed = run(&format!("policies list {arguments}"));
        let rows = listed.stdout.lines().skip(1);
        rows.map(|row| row.split_whitespace().next().unwrap().to_owned()).collect()
    };
    assert!(codes("--like kube-linter:latest-tag").starts_with(&["IMG01".to_owned()]));
    assert_eq!(codes("--like KSV-0017"), ["SEC01"]);
    assert!(codes("--like polaris").contains(&"SEC02".to_owned()));
    for name in ["IMG", "images", "Images"] {
        let images = codes(&format!("--theme {name}"));
        assert!(images.len() > 2 && images.iter().all(|code| code.starts_with("IMG")), "{images:?}");
    }
    let refused = codes("--severity high --profile baseline");
    assert!(refused.contains(&"IMG01".to_owned()) && !refused.contains(&"IMG03".to_owned()), "{refused:?}");
    // Opt-in policies are off in every profile.
    assert!(!codes("--profile strict").contains(&"SEC17".to_owned()));
    for (arguments, expected) in [
        ("--theme clouds", "there are IMG, RES"),
        ("--severity worst", "must be `low`, `medium` or `high`"),
        ("--like kube-linter:no-such-check", "--like kube-linter:no-such-check: no policy"),
    ] {
        let refused = run(&format!("policies list {arguments}"));
        assert!(refused.code == 2 && refused.stderr.contains(expected), "{arguments}: {}", refused.stderr);
    }
}

#[test]
fn a_policy_is_shown_by_code_and_by_name() {
    let by_code = run("policies show img01");
    assert_eq!((by_code.code, &by_code.stdout), (0, &run("policies show latest-image-tag").stdout));
    assert!(by_code.stdout.contains("latest-image-tag"), "{}", by_code.stdout);
}

#[test]
fn completions_name_every_command() {
    let script = run("completions bash");
    assert_eq!((script.code, script.stderr.as_str()), (0, ""));
    let commands =
        ["serve", "check", "certs", "policies", "modes", "config", "webhook__subcmd__config", "completions"];
    for command in commands {
        assert!(script.stdout.contains(&format!("seawall__subcmd__{command}")), "{command}");
    }
    assert_eq!(run("completions tcsh").code, 2);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    for arguments in ["policies list", "completions bash", "config schema"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = seawall();
        command.args(arguments.split(' ')).stdout(writer).stderr(Stdio::piped());
        let output = command.output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{arguments}");
    }
}

#[test]
fn help_and_version_are_asked_for_and_a_bare_command_is_a_mistake() {
    assert_eq!(run("--version").stdout, concat!("seawall ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(run("check --help").code, 0);
    assert_eq!(run("").code, 2);
}

/// What is wrong with files and ports is a matter of `tests/serve`.
#[test]
fn serve_says_which_flag_is_wrong() {
    for (arguments, expected) in [
        ("serve --tls-cert tls.crt", "--tls-key"),
        ("serve --dev --tls-cert tls.crt --tls-key tls.key", "--dev"),
        ("serve --dev --client-ca ca.crt", "--client-ca"),
        ("serve --dev --listen 8443", "--listen"),
        ("serve --dev --log-level a=b=c", "--log-level"),
        ("serve --dev --threads 0", "--threads"),
        ("serve --dev --max-mode never", "--max-mode"),
    ] {
        let run = run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments}: {run:?}");
        assert!(run.stderr.contains(expected), "{arguments}: {}", run.stderr);
    }
}
