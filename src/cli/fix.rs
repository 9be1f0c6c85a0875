//! `seawall check --fix` and `--diff`: the manifests with their fixes.

use std::io::{IsTerminal, Write};

use super::adopt::Adoption;
use super::{check, now};
use crate::engine::Rules;
use crate::manifests::{self, Fixed, ManifestSet, Source};
use crate::report::{Plain, diff};

/// Everything is worked out before anything is written.
pub(super) fn run(
    args: &check::Args,
    set: &ManifestSet,
    rules: &Rules,
    adoption: Adoption,
) -> anyhow::Result<u8> {
    let fixed = manifests::fix(set, rules, args.namespace.as_deref(), now());
    let texts: Vec<_> = set.sources().iter().zip(fixed.set.sources()).map(|(a, b)| (&**a, &**b)).collect();
    let changed: Vec<_> = texts.iter().copied().filter(|(a, b)| a.text != b.text).collect();
    let uses_stdout = if args.diff { show(&changed)? } else { write(&texts)? };
    let out: Box<dyn Write + Send> =
        if uses_stdout { Box::new(anstream::stderr()) } else { Box::new(anstream::stdout()) };
    let code = check::report(args, &fixed.set, rules, None, adoption, out)?;
    summarize(&fixed, changed.len(), args.diff)?;
    Ok(code)
}

/// Writes a diff of each text; standard output is then for the diff alone.
fn show(changed: &[(&Source, &Source)]) -> std::io::Result<bool> {
    // Not through a stream that takes out what would colour: it is the text's own.
    let mut out = std::io::stdout().lock();
    let is_shown = out.is_terminal();
    for (before, after) in changed {
        let mut text = diff::unified(&before.name, &before.text, &after.text);
        if is_shown {
            text = text.replace(|it: char| it.is_control() && !matches!(it, '\n' | '\r' | '\t'), "\u{fffd}");
        }
        out.write_all(text.as_bytes())?;
    }
    out.flush()?;
    Ok(true)
}

/// Writes the files that changed, and what came from standard input in any case. Says whether that took standard
/// output.
fn write(texts: &[(&Source, &Source)]) -> anyhow::Result<bool> {
    let mut has_stdin = false;
    manifests::write(texts.iter().filter(|(before, after)| before.text != after.text).copied())?;
    for (_, after) in texts.iter().filter(|(_, after)| after.path.is_none()) {
        let mut out = std::io::stdout().lock();
        out.write_all(after.text.as_bytes())?;
        out.flush()?;
        has_stdin = true;
    }
    Ok(has_stdin)
}

fn summarize(fixed: &Fixed, files: usize, is_preview: bool) -> std::io::Result<()> {
    let mut out = anstream::stderr();
    for it in &fixed.declined {
        let (source, path) = (Plain(&it.source), Plain(&it.path));
        let reason = Plain(&it.reason);
        writeln!(out, "not fixed: {source}:{}: {} at {path}: {reason}", it.position, it.code)?;
    }
    let done = if is_preview { "would be fixed" } else { "fixed" };
    let findings = if fixed.count == 1 { "finding" } else { "findings" };
    let places = if files == 1 { "file" } else { "files" };
    writeln!(out, "{} {findings} {done} in {files} {places}", fixed.count)
}
