//! Windows of time: between two dates, or every week.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A window of time.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "Raw", into = "Raw")]
#[schemars(with = "Raw")]
pub(in super::super) struct Window {
    raw: Raw,
    times: Times,
    zone: TimeZone,
}

/// A window as it is written.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Window")]
struct Raw {
    /// When it begins: a date and a time such as `2026-12-20T18:00`, or a day of the week and a time such as `Fri 16:00`.
    from: String,
    /// When it ends, in the same form.
    until: String,
    /// The time zone of both, by its IANA name, such as `Europe/Berlin`.
    #[serde(default = "utc")]
    time_zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// What makes no window.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum WindowError {
    /// Neither a date nor a day of the week.
    #[error("`{0}` is no time: must be like `2026-12-20T18:00` or like `Fri 16:00`")]
    Moment(String),
    /// One of each.
    #[error("`from` and `until` must both be dates or both be days of the week")]
    Mixed,
    /// The end is not after the beginning.
    #[error("`until` must be later than `from`")]
    Empty,
    /// A name that the time zone database does not have.
    #[error("`{0}` is no time zone: must be a name such as `Europe/Berlin`")]
    Zone(String),
}

#[derive(Clone, Copy, Debug)]
enum Times {
    Once {
        from: DateTime,
        until: DateTime,
    },
    /// In minutes from the beginning of Monday; the end may lie in the next week.
    Weekly {
        from: u16,
        until: u16,
    },
}

/// One end of a window.
enum Moment {
    Date(DateTime),
    Minute(u16),
}

impl Window {
    /// From the first to the last minute of every weekend.
    pub(in super::super) fn weekends() -> Option<Self> {
        let raw = Raw { from: "Sat 00:00".to_owned(), until: "Mon 00:00".to_owned(), time_zone: utc() };
        raw.try_into().ok()
    }

    /// Whether an instant lies in the window.
    pub(in super::super) fn contains(&self, now: Timestamp) -> bool {
        let now = self.zone.to_datetime(now);
        match self.times {
            Times::Once { from, until } => from <= now && now < until,
            Times::Weekly { from, until } => {
                let now = minute_of_week(now.weekday(), now.hour(), now.minute());
                if from < until { from <= now && now < until } else { from <= now || now < until }
            }
        }
    }
}

impl fmt::Display for Window {
    /// When it ends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.raw.until, self.raw.time_zone)
    }
}

impl TryFrom<Raw> for Window {
    type Error = WindowError;

    fn try_from(raw: Raw) -> Result<Self, WindowError> {
        let times = match (raw.from.parse()?, raw.until.parse()?) {
            (Moment::Date(from), Moment::Date(until)) if from < until => Times::Once { from, until },
            (Moment::Minute(from), Moment::Minute(until)) if from != until => Times::Weekly { from, until },
            (Moment::Date(_), Moment::Date(_)) | (Moment::Minute(_), Moment::Minute(_)) => {
                return Err(WindowError::Empty);
            }
            _ => return Err(WindowError::Mixed),
        };
        let zone = TimeZone::get(&raw.time_zone).map_err(|_| WindowError::Zone(raw.time_zone.clone()))?;
        Ok(Self { raw, times, zone })
    }
}

impl From<Window> for Raw {
    fn from(window: Window) -> Self {
        window.raw
    }
}

impl FromStr for Moment {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        if let Ok(date) = text.parse() {
            return Ok(Self::Date(date));
        }
        let weekly = || {
            let (day, time) = text.split_once(' ')?;
            let day = DAYS.iter().find(|(name, _)| *name == day).map(|(_, day)| *day)?;
            let (hour, minute) = time.split_once(':').filter(|_| time.len() == 5)?;
            let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
            ((0..24).contains(&hour) && (0..60).contains(&minute)).then(|| minute_of_week(day, hour, minute))
        };
        weekly().map(Self::Minute).ok_or_else(|| WindowError::Moment(text.to_owned()))
    }
}

const DAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];

fn minute_of_week(day: Weekday, hour: i8, minute: i8) -> u16 {
    let [day, hour, minute] =
        [day.to_monday_zero_offset(), hour, minute].map(i8::unsigned_abs).map(u16::from);
    (day * 24 + hour) * 60 + minute
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, until: &str, zone: &str) -> Result<Window, WindowError> {
        Raw { from: from.to_owned(), until: until.to_owned(), time_zone: zone.to_owned() }.try_into()
    }

    #[test]
    fn windows_begin_and_end_where_their_clocks_say() {
        for (from, until, zone, now, expected) in [
            ("2026-12-20T18:00", "2027-01-04T08:00", "UTC", "2026-12-20T17:59:59Z", false),
            ("2026-12-20T18:00", "2027-01-04T08:00", "UTC", "2026-12-20T18:00:00Z", true),
            ("2026-12-20T18:00", "2027-01-04T08:00", "UTC", "2027-01-04T07:59:59Z", true),
            ("2026-12-20T18:00", "2027-01-04T08:00", "UTC", "2027-01-04T08:00:00Z", false),
            ("2026-12-20T18:00", "2027-01-04T08:00", "Europe/Berlin", "2026-12-20T17:00:00Z", true),
            ("2026-12-20", "2026-12-21", "Asia/Tokyo", "2026-12-19T15:00:00Z", true),
            // A Friday; the zone has another offset in summer.
            ("Fri 16:00", "Mon 08:00", "Europe/Berlin", "2026-02-06T14:59:00Z", false),
            ("Fri 16:00", "Mon 08:00", "Europe/Berlin", "2026-02-06T15:00:00Z", true),
            ("Fri 16:00", "Mon 08:00", "Europe/Berlin", "2026-07-03T14:00:00Z", true),
            ("Fri 16:00", "Mon 08:00", "Europe/Berlin", "2026-02-08T12:00:00Z", true),
            ("Fri 16:00", "Mon 08:00", "Europe/Berlin", "2026-02-09T07:00:00Z", false),
            ("Mon 00:00", "Sun 23:59", "UTC", "2026-02-08T23:59:30Z", false),
            ("Wed 09:00", "Wed 10:00", "America/New_York", "2026-02-04T14:30:00Z", true),
        ] {
            let window = window(from, until, zone).unwrap();
            assert_eq!(window.contains(now.parse().unwrap()), expected, "{from} {until} {zone} {now}");
        }
    }

    #[test]
    fn weekends_are_a_window() {
        assert!(Window::weekends().is_some_and(|it| it.contains("2026-02-01T12:00:00Z".parse().unwrap())));
    }

    #[test]
    fn what_makes_no_window_is_refused() {
        for (from, until, zone, expected) in [
            ("Fri 16:00", "Fri 16:00", "UTC", "`until` must be later than `from`"),
            ("2026-12-20", "2026-12-20", "UTC", "`until` must be later than `from`"),
            (
                "Fri 16:00",
                "2026-12-20",
                "UTC",
                "`from` and `until` must both be dates or both be days of the week",
            ),
            (
                "Fri 24:00",
                "Mon 08:00",
                "UTC",
                "`Fri 24:00` is no time: must be like `2026-12-20T18:00` or like `Fri 16:00`",
            ),
            (
                "Fri 16:00",
                "Mon 8:00",
                "UTC",
                "`Mon 8:00` is no time: must be like `2026-12-20T18:00` or like `Fri 16:00`",
            ),
            (
                "Fri 16:00",
                "Mon 08:00",
                "Berlin",
                "`Berlin` is no time zone: must be a name such as `Europe/Berlin`",
            ),
        ] {
            assert_eq!(window(from, until, zone).unwrap_err().to_string(), expected);
        }
    }
}
