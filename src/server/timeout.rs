//! How long a review may take: what the API server says in `?timeout=`.

use std::time::Duration;

/// The API server's own default, for a caller that says nothing.
const DEFAULT: Duration = Duration::from_secs(10);
/// The API server's upper bound; more is not believed.
const MAX: Duration = Duration::from_secs(30);
/// The API server rounds up to whole seconds, so that what it says may lie a second after its real deadline.
const ROUNDING: Duration = Duration::from_secs(1);
/// Less than this would leave no time to judge anything: then a late answer is the better risk.
const MIN: Duration = Duration::from_millis(300);

/// The time there is for a review, by the query of its request.
pub(super) fn allowance(query: Option<&str>) -> Duration {
    let stated = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| pair.strip_prefix("timeout="))
        .and_then(parse)
        .unwrap_or(DEFAULT);
    stated.min(MAX).saturating_sub(ROUNDING).max(MIN)
}

/// Reads a duration as Go writes it (`3s`, `1m30s`, `1.5s`, `500ms`); `None` for anything else, also negatives.
fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        seconds += number.parse::<f64>().ok()? * seconds_of(unit)?;
        rest = tail;
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(seconds).ok() }
}

fn seconds_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, millis) in [
            ("3s", Some(3_000)),
            ("30s", Some(30_000)),
            ("1m30s", Some(90_000)),
            ("1h0m0.5s", Some(3_600_500)),
            ("500ms", Some(500)),
            ("1.5s", Some(1_500)),
            (".5s", Some(500)),
            ("2000us", Some(2)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("", None),
            ("3", None),
            ("s", None),
            (".s", None),
            ("-3s", None),
            ("3 s", None),
            ("3d", None),
            ("1e400s", None),
            ("%33s", None),
            ("1s1", None),
        ] {
            assert_eq!(parse(text), millis.map(Duration::from_millis), "{text:?}");
        }
        assert_eq!(parse(&format!("{}s", "9".repeat(400))), None);
    }

    #[test]
    fn the_allowance_is_a_second_less_within_bounds() {
        for (query, millis) in [
            (None, 9_000),
            (Some(""), 9_000),
            (Some("timeout=3s"), 2_000),
            (Some("a=b&timeout=10s&c=d"), 9_000),
            (Some("timeout=2s&timeout=9s"), 1_000),
            (Some("timeout=1s"), 300),
            (Some("timeout=500ms"), 300),
            (Some("timeout=0"), 300),
            (Some("timeout=9000h"), 29_000),
            (Some("timeout=soon"), 9_000),
            (Some("xtimeout=3s"), 9_000),
        ] {
            assert_eq!(allowance(query), Duration::from_millis(millis), "{query:?}");
        }
    }
}
