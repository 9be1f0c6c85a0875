//! Findings for people: what is wrong and where, why it hurts, what to do.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Finding, Totals};
use crate::modes::Mode;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// One finding as a paragraph. `why` and `fix` are shown the first time that a policy finds something.
pub fn finding(finding: &Finding<'_>, explain: Option<(&str, &str)>) -> String {
    let Finding { file, position, object, code, name, mode, path, message, .. } = finding;
    let mode_style = style(*mode);
    let mut text = String::new();
    let _ = writeln!(text, "{mode_style}{mode}{mode_style:#}{BOLD}[{code}]: {message}{BOLD:#}");
    let _ = writeln!(text, "  {DIM}-->{DIM:#} {file}:{}:{}", position.line, position.column);
    let separator = if path.is_empty() { "" } else { ", " };
    let _ = writeln!(text, "   {DIM}|{DIM:#}  {object}{separator}{path}");
    if let Some((why, fix)) = explain {
        let _ = writeln!(text, "   {DIM}={DIM:#} {BOLD}why{BOLD:#}: {why}");
        let _ = writeln!(text, "   {DIM}={DIM:#} {BOLD}fix{BOLD:#}: {fix}");
        let _ = writeln!(text, "   {DIM}={DIM:#} {BOLD}more{BOLD:#}: seawall policies show {name}");
    }
    text
}

/// The last line.
pub fn totals(totals: &Totals) -> String {
    let Totals { objects, deny, warn, audit, not_evaluated, skipped } = totals;
    let mut text = format!("{objects} {}: ", plural(*objects, "object", "objects"));
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
