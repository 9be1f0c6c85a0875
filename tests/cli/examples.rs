//! The examples do what the README says of them.

use crate::golden;
use crate::support::run;

#[test]
fn the_bad_ones_are_refused_and_every_word_is_known() -> Result<(), String> {
    let run = run("check examples/bad");
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    golden::check("tests/cli/examples-bad.txt", &run.stdout)
}

#[test]
fn the_good_ones_have_nothing_that_even_the_strictest_profile_would_mind() {
    let run = run("check examples/good --profile strict --fail-on warn");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.ends_with(": 0 denied, 0 warnings\n"), "{}", run.stdout);
}

#[test]
fn the_readme_shows_what_is_really_written() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let written = run("check examples/").stdout;
    for paragraph in shown.trim().split("\n\n") {
        assert!(written.contains(paragraph), "{paragraph}");
    }
}

#[test]
fn every_policy_about_objects_has_a_bad_example() {
    let found: Vec<_> = run("check examples/bad --select all --output json").json();
    for code in [
        "IMG01", "IMG03", "IMG04", "RES02", "RES03", "PRB01", "PRB04", "PRB05", "SEC01", "SEC33", "CFG01",
        "LCY01", "AVL06",
    ] {
        assert!(found.iter().any(|finding| finding["policy"]["code"] == code), "{code}");
    }
}
