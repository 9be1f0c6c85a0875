//! `seawall policies`.

use std::io::Write;

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::EXIT_CLEAN;
use crate::catalogue;
use crate::modes::{Mode, Profile, unknown_policy};
use crate::policy::{Meta, Severity, Theme};
use crate::report::policy_page;

/// What the catalogue has.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every policy, or those that all filters leave.
    List {
        #[command(flatten)]
        filter: Filter,
        /// How the list is written.
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        output: Output,
    },
    /// Show the page of one policy.
    Show {
        /// Its code or its name.
        #[arg(value_name = "POLICY")]
        policy: String,
    },
}

/// Which policies are listed.
#[derive(Debug, Default, clap::Args)]
struct Filter {
    /// Only those of a theme, by the letters of its codes or by its name: `IMG`, `images`.
    #[arg(long, value_name = "THEME", value_parser = theme)]
    theme: Option<Theme>,
    /// Only those of a severity: `low`, `medium` or `high`.
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    severity: Option<Severity>,
    /// Only those that a profile turns on: `baseline`, `production` or `strict`.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
    /// Only those that find what a check of another tool finds: `kube-linter:latest-tag`, or `kube-linter` for all
    /// of its checks, or `latest-tag` of whatever tool.
    #[arg(long, value_name = "TOOL:CHECK")]
    like: Option<String>,
}

impl Filter {
    /// The policies that are left.
    fn policies(&self) -> anyhow::Result<Vec<&'static Meta>> {
        let left: Vec<_> =
            catalogue::all().map(|entry| entry.meta).filter(|meta| self.leaves(meta)).collect();
        if let (true, Some(like)) = (left.is_empty(), &self.like) {
            bail!("--like {like}: no policy, among those that other filters leave, names such a check");
        }
        Ok(left)
    }

    fn leaves(&self, meta: &Meta) -> bool {
        let is_like = |like: &String| meta.equivalents.iter().any(|equivalent| is_meant(equivalent, like));
        self.theme.is_none_or(|theme| meta.theme == theme)
            && self.severity.is_none_or(|severity| meta.severity == severity)
            && self.profile.is_none_or(|profile| profile.mode(meta) > Mode::Off)
            && self.like.as_ref().is_none_or(is_like)
    }
}

/// Whether somebody who names a check means this one of `tool:check`.
fn is_meant(equivalent: &str, like: &str) -> bool {
    let (tool, check) = equivalent.split_once(':').unwrap_or((equivalent, ""));
    [equivalent, tool, check].iter().any(|it| it.eq_ignore_ascii_case(like))
}

fn theme(text: &str) -> Result<Theme, String> {
    let is_it = |theme: &&Theme| {
        [theme.prefix(), theme.folder(), theme.title()].iter().any(|it| it.eq_ignore_ascii_case(text))
    };
    let prefixes = || Theme::ALL.iter().map(|theme| theme.prefix()).collect::<Vec<_>>().join(", ");
    Theme::ALL.iter().find(is_it).copied().ok_or_else(|| format!("no such theme; there are {}", prefixes()))
}

fn severity(text: &str) -> Result<Severity, String> {
    let all = [Severity::Low, Severity::Medium, Severity::High];
    let found = all.into_iter().find(|severity| severity.as_str() == text);
    found.ok_or_else(|| "must be `low`, `medium` or `high`".to_owned())
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Output {
    /// For people.
    #[default]
    Table,
    /// One JSON array.
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let mut out = anstream::stdout();
    match &args.command {
        None => writeln!(out, "{}", table(&Filter::default().policies()?))?,
        Some(Command::List { output: Output::Table, filter }) => {
            writeln!(out, "{}", table(&filter.policies()?))?;
        }
        Some(Command::List { output: Output::Json, filter }) => {
            let policies: Vec<_> = filter.policies()?.into_iter().map(summary).collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&policies)?)?;
        }
        Some(Command::Show { policy }) => {
            let entry = catalogue::find(policy).with_context(|| unknown_policy(policy))?;
            writeln!(out, "{}", policy_page::render(entry))?;
        }
    }
    Ok(EXIT_CLEAN)
}

fn table(policies: &[&'static Meta]) -> String {
    let rows = policies.iter().map(|meta| {
        let [baseline, production, strict] = Profile::ALL.map(|profile| profile.mode(meta).as_str());
        [meta.code, meta.name, meta.severity.as_str(), baseline, production, strict, meta.docs().summary]
    });
    let head = ["CODE", "NAME", "SEVERITY", "BASELINE", "PRODUCTION", "STRICT", "FINDS"];
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: Vec<_> = (0..head.len() - 1).map(width).collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}  "));
        cells.collect::<String>() + row[head.len() - 1]
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn summary(meta: &Meta) -> serde_json::Value {
    let modes: serde_json::Map<_, _> =
        Profile::ALL.iter().map(|it| (it.as_str().to_owned(), json!(it.mode(meta)))).collect();
    json!({
        "code": meta.code,
        "name": meta.name,
        "theme": meta.theme.title(),
        "severity": meta.severity,
        "optIn": meta.opt_in,
        "summary": meta.docs().summary,
        "kinds": meta.kinds.iter().map(|kind| kind.name).collect::<Vec<_>>(),
        "operations": meta.operations,
        "needs": meta.needs,
        "reads": meta.reads.iter().map(|kind| kind.name).collect::<Vec<_>>(),
        "since": meta.since,
        "modes": modes,
        "yieldsTo": meta.yields_to,
        "equivalents": meta.equivalents,
        "references": meta.references,
    })
}
