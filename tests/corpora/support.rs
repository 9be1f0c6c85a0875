//! Opening corpora, and reporting what differs from them.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use libtest_mimic::{Completion, Failed, Trial};
use serde_json::Value;

/// Every policy by its code, opt-in ones too.
pub(crate) fn every_policy() -> Vec<String> {
    seawall::catalogue::all().map(|entry| entry.meta.code.to_owned()).collect()
}

/// Differences that a failing trial lists before it only counts.
const SHOWN: usize = 30;

/// A deliberate difference from a corpus: the reason, and which cases it covers.
pub(crate) type Rule<T> = (&'static str, fn(&T) -> bool);

/// A trial over the rows of `NAME.jsonl.gz`, of which there must be `count`: a corpus that became shorter
/// would pass too easily.
///
/// `run` judges one row and returns what is wrong with the outcome.
pub(crate) fn trial(name: &'static str, count: usize, run: fn(&Value) -> Result<(), String>) -> Trial {
    trial_over(name, name, count, run)
}

/// A trial with a name of its own over the rows of a corpus.
pub(crate) fn trial_over(
    name: &'static str,
    corpus: &'static str,
    count: usize,
    run: fn(&Value) -> Result<(), String>,
) -> Trial {
    Trial::ignorable_test(name, move || {
        let Some(rows) = rows(corpus)? else { return Ok(absent(corpus)) };
        if rows.len() != count {
            return Err(format!("{} rows instead of {count}", rows.len()).into());
        }
        let wrong: Vec<_> =
            rows.iter().filter_map(|row| Some(format!("{}: {}", text(row, "id"), run(row).err()?))).collect();
        if wrong.is_empty() {
            return Ok(Completion::Completed);
        }
        let shown = wrong[..wrong.len().min(SHOWN)].join("\n");
        Err(format!("{} of {count} rows:\n{shown}", wrong.len()).into())
    })
}

/// What a trial comes to whose corpus is not there.
pub(crate) fn absent(name: &str) -> Completion {
    Completion::ignored_with(format!("no {name}.jsonl.gz in {}", folder().display()))
}

/// A string that a row must have.
pub(crate) fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {}", row["id"]))
}

/// The rows of a corpus, or `None` if it is absent.
pub(crate) fn rows(name: &str) -> Result<Option<Vec<Value>>, Failed> {
    let file = match File::open(folder().join(name).with_extension("jsonl.gz")) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut text = String::new();
    GzDecoder::new(BufReader::new(file)).read_to_string(&mut text)?;
    Ok(Some(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?))
}

fn folder() -> PathBuf {
    std::env::var_os("SEAWALL_CORPORA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpora")),
        PathBuf::from,
    )
}
