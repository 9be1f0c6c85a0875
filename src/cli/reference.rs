//! `docs/reference.md`, made from what it describes: a test holds the committed file to this.

use std::fmt::Write as _;

use clap::{Command, CommandFactory};

use super::{Cli, EXIT_CLEAN, EXIT_FAILED, EXIT_FINDINGS};
use crate::admission::response::ANNOTATIONS;
use crate::metrics::Metrics;
use crate::report::json;
use crate::server::DECISION_FIELDS;

/// Columns of a help text on the page.
const WIDTH: usize = 100;

const HEAD: &str = "\
# Reference

Commands, exit codes, output, metrics, log and audit fields: what others may rely on. Made from the code by
`UPDATE=1 cargo test --test repository`. The configuration has [a page of its own](configuration.md), and so has
[every policy](policies/README.md).
";

const JSON: &str = "\
One JSON object a line: one for each finding, in the order of files and of objects in them, and a last one with
nothing but `totals`. Findings with mode `audit`, which the text output leaves out, are among them. A field that has
no value is `null`.
";

const METRICS: &str = "\
At `/metrics` of the admin port, in the text format of Prometheus. The number of series is bounded: labels have
values from this program and its configuration, never from a request.
";

const DECISIONS: &str = "\
One line a review on standard output; with `--log-format json` one JSON object with these fields. What is empty is
left out. Everything else that there is to say goes to standard error. No line has the content of an object.
";

const ANNOTATED: &str = "\
Each answer carries these for the API server's audit log, which puts the name of the webhook and `/` before them.
";

/// The whole page.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    section(&mut page, "Commands", "");
    let mut root = settled(Cli::command());
    root.build();
    commands(&mut page, &mut root);
    section(&mut page, "Exit codes", "");
    table(&mut page, ["code", "meaning"], &exit_codes());
    section(&mut page, "Output of `check --output json`", JSON);
    table(&mut page, ["field", "meaning"], json::FIELDS);
    section(&mut page, "Metrics", METRICS);
    metrics(&mut page);
    section(&mut page, "Decision log", DECISIONS);
    table(&mut page, ["field", "meaning"], DECISION_FIELDS);
    section(&mut page, "Audit annotations", ANNOTATED);
    table(&mut page, ["key", "meaning"], ANNOTATIONS);
    page
}

fn exit_codes() -> [(String, &'static str); 3] {
    [
        (EXIT_CLEAN, "The command did its work; for `check`: no finding at or above `--fail-on`, or none that is left by `--fix`, `--baseline` or `--write-exceptions`."),
        (EXIT_FINDINGS, "`check` found something at or above `--fail-on`; with `--fix` or `--diff`, something remains."),
        (
            EXIT_FAILED,
            "The command could not do its work: a bad flag, a file that cannot be read, nothing to check, a \
             configuration that is wrong. `check` has then judged nothing, and `--fix` written nothing.",
        ),
    ]
    .map(|(code, meaning)| (code.to_string(), meaning))
}

/// A command whose help is the same everywhere, whatever terminal and environment it is asked in.
fn settled(command: Command) -> Command {
    let command = command.term_width(WIDTH).disable_help_subcommand(true);
    command.mut_args(|arg| arg.hide_env_values(true)).mut_subcommands(settled)
}

/// The help of a command and of all below it.
fn commands(page: &mut String, command: &mut Command) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
    // Writing into memory cannot fail.
    let _ = write!(page, "\n### `{name}`\n\n```text\n{}\n```\n", lines.join("\n"));
    command.get_subcommands_mut().for_each(|command| commands(page, command));
}

fn metrics(page: &mut String) {
    page.push_str("\n| metric | type | labels | meaning |\n|---|---|---|---|\n");
    for metric in Metrics::describe() {
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            metric.name,
            metric.kind,
            labels.join(", "),
            metric.help
        );
    }
}

fn section(page: &mut String, title: &str, text: &str) {
    let _ = write!(page, "\n## {title}\n");
    if !text.is_empty() {
        let _ = write!(page, "\n{text}");
    }
}

fn table(page: &mut String, head: [&str; 2], rows: &[(impl AsRef<str>, &str)]) {
    let _ = write!(page, "\n| {} | {} |\n|---|---|\n", head[0], head[1]);
    for (name, meaning) in rows {
        let _ = writeln!(page, "| `{}` | {meaning} |", name.as_ref());
    }
}
