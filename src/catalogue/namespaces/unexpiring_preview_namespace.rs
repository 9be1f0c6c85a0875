//! `NSP08 unexpiring-preview-namespace`: what is made for one change must go with it.

use jiff::Timestamp;

use crate::object::Place;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;
use crate::tree::path;

policy! {
    /// A Namespace for a preview does not say when it may be removed, or lives too long.
    ///
    /// What a preview is, its name tells. When it may be removed stands in an annotation or a label, as an instant
    /// (`2026-03-01T12:00:00Z`), a day, or a number of seconds, minutes, hours, days or weeks since it was made (`48h`, `7d`);
    /// what is written in another way counts, whenever that is. Something else has to remove it, such as kube-janitor or the
    /// cleanup controller of Kyverno.
    ///
    /// ## Why
    /// Previews are made by pipelines, and removed by nobody when a pipeline fails or a branch is forgotten. They hold nodes,
    /// addresses and databases, and serve versions with known holes for years.
    ///
    /// ## Fix
    /// Let the pipeline annotate the Namespace with the time after which it may go, such as `janitor/ttl: 7d`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: pr-1234 }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: pr-1234, annotations: { janitor/ttl: 7d } }
    /// ```
    pub(super) UnexpiringPreviewNamespace = {
        code: "NSP08",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::NAMESPACE],
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for the names of previews.
    names: Patterns,
    /// Keys of the annotations and labels that say when it may be removed; the first that is there counts.
    keys: Vec<String>,
    /// The number of days that a preview may live.
    max_days: u16,
}

impl Default for Params {
    fn default() -> Self {
        let keys = ["janitor/ttl", "janitor/expires", "cleanup.kyverno.io/ttl"];
        Self {
            names: Patterns::of_default(&[
                r"^(pr|mr|preview|review|feature)-",
                r"-(pr|mr|preview|review)(-?\d+)?$",
            ]),
            keys: keys.map(str::to_owned).into(),
            max_days: 30,
        }
    }
}

const DAY: i64 = 24 * 60 * 60;

impl Check for UnexpiringPreviewNamespace {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let name =
            |object: &_| subject.name.is_some_and(|name| params.names.is_match(name)).then_some(*object);
        let Some(namespace) = subject.object.as_ref().and_then(name) else { return };
        let written = |key: &String| namespace.annotation(key).or_else(|| namespace.label(key));
        match params.keys.iter().find_map(written) {
            None => {
                let key = params.keys.first().map_or("", String::as_str);
                let path = path::of_entry("metadata.annotations", key);
                let place: Place<'_> = namespace.missing(&path);
                out.report(place, format_args!("preview never goes: has no annotation `{}`", shown(key)));
            }
            Some(text) if seconds_left(&text, subject.now) > Some(i64::from(params.max_days) * DAY) => {
                let (text_shown, days) = (shown(&text), params.max_days);
                out.report(text, format_args!("preview lives until `{text_shown}`, may live {days} days"));
            }
            Some(_) => {}
        }
    }
}

/// How long it still lives; `None` if nobody can tell.
fn seconds_left(text: &str, now: Timestamp) -> Option<i64> {
    if text == "forever" {
        return Some(i64::MAX);
    }
    let day =
        || Some(text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    if let Some(instant) = text.parse::<Timestamp>().ok().or_else(day) {
        return Some(instant.as_second().saturating_sub(now.as_second()));
    }
    let unit = text.char_indices().next_back()?;
    let seconds = match unit.1 {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return None,
    };
    Some(text[..unit.0].parse::<u32>().map(i64::from).ok()?.saturating_mul(seconds))
}
