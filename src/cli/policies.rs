//! `seawall policies`.

use std::io::Write;

use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::EXIT_CLEAN;
use crate::catalogue;
use crate::modes::{Profile, unknown_policy};
use crate::policy::Meta;
use crate::report::policy_page;

/// What the catalogue has.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every policy.
    List {
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
        None | Some(Command::List { output: Output::Table }) => writeln!(out, "{}", table())?,
        Some(Command::List { output: Output::Json }) => {
            let policies: Vec<_> = catalogue::all().map(|entry| summary(entry.meta)).collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&policies)?)?;
        }
        Some(Command::Show { policy }) => {
            let entry = catalogue::find(policy).with_context(|| unknown_policy(policy))?;
            writeln!(out, "{}", policy_page::render(entry))?;
        }
    }
    Ok(EXIT_CLEAN)
}

fn table() -> String {
    let rows = catalogue::all().map(|entry| {
        let meta = entry.meta;
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
        "since": meta.since,
        "modes": modes,
        "yieldsTo": meta.yields_to,
        "equivalents": meta.equivalents,
        "references": meta.references,
    })
}
