//! `--baseline` and `--write-exceptions`: taking Seawall up where much is found already.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use jiff::Timestamp;

use super::report::Reviewed;
use crate::config;
use crate::modes::Mode;
use crate::report::baseline::Baseline;
use crate::report::exceptions::{Exceptions, Terms};
use crate::report::{Finding, Plain, Totals, text};

/// Largest report that is read, in bytes: hundreds of thousands of findings.
const MAX_BASELINE: u64 = 256 * 1024 * 1024;

/// What is to become of what is found already.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// An earlier report of `--output json`: what it has is known, is not shown again and does not decide the exit
    /// code. A finding is known by its policy, its object (kind, namespace and name) and its place in it.
    #[arg(long, value_name = "FILE", conflicts_with = "write_exceptions")]
    baseline: Option<PathBuf>,
    /// Write exceptions for everything that `--fail-on` counts to a new file, as narrow as a configuration can say it,
    /// for `exceptionFiles` to name. What they do not cover decides the exit code. On a terminal, what is missing of
    /// the next three is asked for.
    #[arg(long, value_name = "FILE")]
    write_exceptions: Option<PathBuf>,
    /// Who answers for the exceptions: a team, an address, a channel.
    #[arg(long, value_name = "TEXT", requires = "write_exceptions")]
    owner: Option<String>,
    /// Why the exceptions are needed.
    #[arg(long, value_name = "TEXT", requires = "write_exceptions")]
    reason: Option<String>,
    /// The date or instant from which the exceptions do nothing any more, such as `2027-06-01`.
    #[arg(long, value_name = "DATE", requires = "write_exceptions")]
    expires: Option<String>,
}

/// What is known already, and what is to be excepted.
pub(super) struct Adoption {
    baseline: Option<(String, Baseline)>,
    exceptions: Option<(PathBuf, Terms, Exceptions)>,
}

impl Flags {
    /// Reads the baseline and gets the terms together, before anything is judged. Findings from `bar` on are excepted.
    pub(super) fn prepare(&self, bar: Mode, may_ask: bool, now: Timestamp) -> anyhow::Result<Adoption> {
        let baseline = self.baseline.as_deref().map(read).transpose()?;
        let exceptions = self.write_exceptions.as_ref().map(|path| {
            if path.symlink_metadata().is_ok() {
                return Err(exists(path));
            }
            let (stdin, stderr) = (io::stdin(), io::stderr());
            let may_ask = may_ask && stdin.is_terminal() && stderr.is_terminal();
            let terms = if may_ask { self.ask(&mut stdin.lock(), &mut stderr.lock())? } else { self.terms()? };
            match config::instant(&terms.expires) {
                None => bail!(
                    "--expires {}: must be a date such as `2027-06-01` or an instant such as `2027-06-01T09:00:00Z`",
                    terms.expires
                ),
                Some(at) if at <= now => bail!("--expires {}: is over already", terms.expires),
                Some(_) => Ok((path.clone(), terms, Exceptions::new(bar))),
            }
        });
        Ok(Adoption { baseline, exceptions: exceptions.transpose()? })
    }

    /// The three terms, with the flags that they come from and what is asked for where they are missing.
    fn given(&self) -> [(&'static str, &'static str, Option<String>); 3] {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        [
            ("--owner", "Who answers for the exceptions", given(&self.owner)),
            ("--reason", "Why they are needed", given(&self.reason)),
            ("--expires", "Until when, such as 2027-06-01", given(&self.expires)),
        ]
    }

    fn terms(&self) -> anyhow::Result<Terms> {
        match self.given() {
            [(.., Some(owner)), (.., Some(reason)), (.., Some(expires))] => {
                Ok(Terms { owner, reason, expires })
            }
            terms => {
                let missing = terms.into_iter().filter(|(.., given)| given.is_none());
                let missing: Vec<_> = missing.map(|(flag, ..)| flag).collect();
                bail!("--write-exceptions needs {}", missing.join(", "))
            }
        }
    }

    fn ask(&self, input: &mut dyn BufRead, out: &mut dyn Write) -> anyhow::Result<Terms> {
        let [owner, reason, expires] = self.given().map(|(flag, question, given)| {
            if let Some(given) = given {
                return Ok(given);
            }
            write!(out, "{question} ({flag}): ")?;
            out.flush()?;
            let mut answer = String::new();
            input.read_line(&mut answer)?;
            let answer = answer.trim();
            if answer.is_empty() {
                Err(anyhow!("--write-exceptions needs {flag}"))
            } else {
                Ok(answer.to_owned())
            }
        });
        Ok(Terms { owner: owner?, reason: reason?, expires: expires? })
    }
}

impl Adoption {
    /// Whether a finding is known.
    pub(super) fn knows(&mut self, finding: &Finding<'_>) -> bool {
        self.baseline.as_mut().is_some_and(|(_, baseline)| baseline.meet(finding))
    }

    /// What there is to say about the baseline.
    pub(super) fn notes(&self, totals: &Totals) -> Vec<String> {
        let Some((name, _)) = &self.baseline else { return Vec::new() };
        let known = (totals.known > 0).then(|| text::known(totals.known, name));
        let gone = (totals.gone > 0).then(|| text::gone(totals.gone, name));
        known.into_iter().chain(gone).collect()
    }

    /// How many findings of the baseline have not been met.
    pub(super) fn gone(&self) -> usize {
        self.baseline.as_ref().map_or(0, |(_, baseline)| baseline.gone())
    }

    /// Not all objects of a kind have been seen.
    pub(super) fn forget(&mut self, kind: &str) {
        if let Some((_, baseline)) = &mut self.baseline {
            baseline.forget(kind);
        }
    }

    /// Covers what was found in an object.
    pub(super) fn cover(&mut self, reviewed: &Reviewed<'_>) {
        if let Some((.., exceptions)) = &mut self.exceptions {
            let Reviewed { object, lacks_namespace, root, verdict, .. } = *reviewed;
            exceptions.cover(object, lacks_namespace, root, verdict);
        }
    }

    /// Writes the exceptions, if they are wanted and there are any. Says how many findings they cover.
    pub(super) fn write(self, is_complete: bool) -> anyhow::Result<usize> {
        let Some((path, terms, exceptions)) = self.exceptions else { return Ok(0) };
        let shown = Plain(path.display()).to_string();
        if exceptions.unplaced() > 0 {
            let (count, name) = counted(exceptions.unplaced(), "object names", "objects name");
            bail!(
                "--write-exceptions {shown}: {count} {name} no namespace and would be excepted in every one: give \
                 --namespace"
            );
        }
        let mut err = anstream::stderr();
        if !is_complete {
            writeln!(err, "not everything was judged: {shown} is not written")?;
            return Ok(0);
        }
        if exceptions.nameless() > 0 {
            let (count, findings) = counted(exceptions.nameless(), "finding", "findings");
            writeln!(err, "{count} {findings} not excepted: an object without a name cannot be named")?;
        }
        let covered = exceptions.covered();
        if covered == 0 {
            writeln!(err, "there is nothing to except: {shown} is not written")?;
            return Ok(0);
        }
        let (count, text) = exceptions.render(&terms);
        if text.len() as u64 > config::MAX_FILE {
            bail!(
                "--write-exceptions {shown}: not written: {count} exceptions are more than one file of a configuration \
                 can hold: judge less at a time"
            );
        }
        create(&path, &text)?;
        let ((count, those), (covered_count, findings)) =
            (counted(count, "exception", "exceptions"), counted(covered, "finding", "findings"));
        let until = Plain(&terms.expires);
        writeln!(
            err,
            "{count} {those} for {covered_count} {findings} until {until} in {shown}; `exceptionFiles` of the \
             configuration has to name it"
        )?;
        Ok(covered)
    }
}

fn counted<'a>(count: usize, one: &'a str, many: &'a str) -> (usize, &'a str) {
    (count, if count == 1 { one } else { many })
}

fn exists(path: &Path) -> anyhow::Error {
    let path = Plain(path.display());
    anyhow!("--write-exceptions {path}: exists already and is not overwritten: name a file that does not")
}

/// Writes a file that is not there yet.
fn create(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        let name = Plain(path.display());
        match error.kind() {
            io::ErrorKind::AlreadyExists => exists(path),
            _ => anyhow!("--write-exceptions {name}: {error}"),
        }
    })?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.with_context(|| format!("--write-exceptions {}", Plain(path.display())))
}

fn read(path: &Path) -> anyhow::Result<(String, Baseline)> {
    let name = path.display().to_string();
    let flag = || format!("--baseline {}", Plain(&name));
    let mut text = String::new();
    let file = File::open(path).with_context(flag)?;
    file.take(MAX_BASELINE + 1).read_to_string(&mut text).with_context(flag)?;
    if text.len() as u64 > MAX_BASELINE {
        bail!("{}: larger than {} MiB", flag(), MAX_BASELINE / (1024 * 1024));
    }
    let baseline = Baseline::read(&text).map_err(|error| anyhow!("{}:{error}", flag()))?;
    Ok((name, baseline))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_asked_for() {
        let flags = Flags {
            baseline: None,
            write_exceptions: Some("a.yaml".into()),
            owner: None,
            reason: Some("adoption".to_owned()),
            expires: None,
        };
        let mut asked = Vec::new();
        let terms = flags.ask(&mut &b" team-shop \n2999-01-01\n"[..], &mut asked).unwrap();
        let (owner, reason, expires) =
            ("team-shop".to_owned(), "adoption".to_owned(), "2999-01-01".to_owned());
        assert_eq!(terms, Terms { owner, reason, expires });
        let asked = String::from_utf8(asked).unwrap();
        assert!(
            asked.contains("--owner") && asked.contains("--expires") && !asked.contains("--reason"),
            "{asked}"
        );
        let none = flags.ask(&mut &b"team-shop\n\n"[..], &mut Vec::new()).unwrap_err();
        assert_eq!(none.to_string(), "--write-exceptions needs --expires");
    }
}
