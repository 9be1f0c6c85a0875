//! Findings for people: what is wrong and where, why it hurts, what to do.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{At, Finding, OfCluster, Plain, Totals};
use crate::modes::{Mode, date};
use crate::tree::positions::Position;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// What there is to say the first time that a policy finds something.
#[derive(Clone, Copy, Debug)]
pub struct Advice<'a> {
    /// Why it hurts.
    pub why: &'a str,
    /// What to do.
    pub fix: &'a str,
    /// The policy whose page says more, if there is one.
    pub page: Option<&'a str>,
}

/// One finding as a paragraph.
pub fn finding(finding: &Finding<'_>, advice: Option<Advice<'_>>) -> String {
    let Finding { at, object, code, mode, upcoming, path, message, .. } = finding;
    let (object, path, message) = (Plain(object), Plain(path), Plain(message));
    let later = upcoming.filter(|later| later.mode == Mode::Deny);
    let later = later.map_or_else(String::new, |later| format!(" (denied from {})", date(later.from)));
    let mode_style = style(*mode);
    let mut text = String::new();
    let _ = writeln!(text, "{mode_style}{mode}{mode_style:#}{BOLD}[{code}]: {message}{later}{BOLD:#}");
    let separator = if finding.path.is_empty() { "" } else { ", " };
    match at {
        Some(At { file, position: Position { line, column } }) => {
            let _ = writeln!(text, "  {DIM}-->{DIM:#} {}:{line}:{column}", Plain(file));
            let _ = writeln!(text, "   {DIM}|{DIM:#}  {object}{separator}{path}");
        }
        None => drop(writeln!(text, "  {DIM}-->{DIM:#} {object}{separator}{path}")),
    }
    if let Some(Advice { why, fix, page }) = advice {
        let _ = writeln!(text, "   {DIM}={DIM:#} {BOLD}why{BOLD:#}: {why}");
        let _ = writeln!(text, "   {DIM}={DIM:#} {BOLD}fix{BOLD:#}: {fix}");
        if let Some(name) = page {
            let _ = writeln!(text, "   {DIM}={DIM:#} {BOLD}more{BOLD:#}: seawall policies show {name}");
        }
    }
    text
}

/// A line about objects that name no namespace, where the configuration asks for it.
pub fn unnamed(objects: usize) -> String {
    let (names, them) = if objects == 1 { ("object names", "it") } else { ("objects name", "them") };
    format!(
        "{objects} {names} no namespace: rules about namespaces are not certain for {them}, give --namespace"
    )
}

/// A line about findings that say how they are fixed.
pub fn fixable(findings: usize) -> String {
    let have = if findings == 1 { "finding has" } else { "findings have" };
    format!("{findings} {have} a fix: `--diff` shows it, `--fix` applies it")
}

/// A line about findings that an earlier report has.
pub fn known(findings: usize, baseline: &str) -> String {
    let (known, baseline) = (plural(findings, "known finding", "known findings"), Plain(baseline));
    format!("{findings} {known} of {baseline} not repeated")
}

/// A line about findings of an earlier report that are not there any longer.
pub fn gone(findings: usize, baseline: &str) -> String {
    let (are, baseline) = (plural(findings, "finding", "findings"), Plain(baseline));
    let verb = plural(findings, "is", "are");
    format!("{findings} {are} of {baseline} {verb} gone")
}

/// A line about a kind of which not all objects could be judged.
pub fn unlisted(kind: &str, reason: &str) -> String {
    format!("not listed: {}: {}", Plain(kind), Plain(reason))
}

/// A line about namespaces that no webhook reviews.
pub fn left_out(namespaces: &[String]) -> String {
    let are = plural(namespaces.len(), "is", "are");
    format!(
        "{} {are} left out, as no webhook reviews {}: give --all-namespaces for all",
        namespaces.join(", "),
        plural(namespaces.len(), "it", "them")
    )
}

/// The last line.
pub fn totals(totals: &Totals) -> String {
    let Totals { objects, deny, warn, audit, known: _, gone: _, not_evaluated, skipped, cluster } = totals;
    let is_cut = cluster.is_some_and(|cluster| !cluster.complete);
    let mut text = if is_cut { "incomplete: ".to_owned() } else { String::new() };
    let _ = write!(text, "{objects} {}: ", plural(*objects, "object", "objects"));
    let _ = write!(text, "{deny} denied, {warn} {}", plural(*warn, "warning", "warnings"));
    if *audit > 0 {
        let _ = write!(text, ", {audit} audited (not shown)");
    }
    if *not_evaluated > 0 {
        let _ = write!(text, ", {not_evaluated} not evaluated");
    }
    if *skipped > 0 {
        let _ = write!(
            text,
            "; {skipped} {} no Kubernetes object",
            plural(*skipped, "document is", "documents are")
        );
    }
    let OfCluster { owned, unlisted, .. } = cluster.unwrap_or_default();
    if owned > 0 {
        let _ = write!(
            text,
            "; {owned} {} judged by the owner's template",
            plural(owned, "object is", "objects are")
        );
    }
    if unlisted > 0 {
        let _ = write!(text, "; {unlisted} {} not listed", plural(unlisted, "kind", "kinds"));
    }
    text
}

fn style(mode: Mode) -> Style {
    match mode {
        Mode::Deny => AnsiColor::Red.on_default().bold(),
        Mode::Warn => AnsiColor::Yellow.on_default().bold(),
        Mode::Audit | Mode::Off => BOLD,
    }
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modes::Upcoming;
    use crate::policy::Severity;
    use crate::report::ObjectId;
    use crate::tree::positions::Position;

    fn shown(mode: Mode, upcoming: Option<Upcoming>, word: &str) -> String {
        let object = ObjectId { api_version: "v1", kind: word, namespace: Some(word), name: Some(word) };
        let (file, path, message) = (word, word, word);
        let (code, name, severity, position) = ("IMG01", "latest-image-tag", Severity::High, Position::START);
        let (fix, at, place) = (None, Some(At { file, position }), word.to_owned());
        let found = Finding {
            at,
            object,
            code,
            name,
            severity,
            mode,
            upcoming,
            path,
            place,
            message,
            fix,
            known: false,
        };
        anstream::adapter::strip_str(&finding(&found, None)).to_string()
    }

    #[test]
    fn nothing_of_an_object_steers_the_terminal() {
        let text = finding_lines("a\u{1b}[2J\u{202e}\r\n'é\"");
        assert!(
            !text.iter().any(|line| line.contains(|it: char| it.is_control() || it == '\u{202e}')),
            "{text:?}"
        );
        assert_eq!(text.len(), 3, "{text:?}");
        assert!(text.iter().all(|line| line.contains("\\u{1b}[2J\\u{202e}\\r\\n'é\"")), "{text:?}");
    }

    fn finding_lines(word: &str) -> Vec<String> {
        shown(Mode::Deny, None, word).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_later_refusal_has_its_date() {
        let from = "2027-01-01T00:00:00Z".parse().unwrap();
        let upcoming = |mode| Some(Upcoming { mode, from });
        for (later, expected) in
            [(None, "warn[IMG01]: web"), (upcoming(Mode::Deny), "warn[IMG01]: web (denied from 2027-01-01)")]
        {
            assert_eq!(shown(Mode::Warn, later, "web").lines().next(), Some(expected));
        }
    }
}
