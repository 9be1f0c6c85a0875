//! The annotation by which somebody opens an object to what is forbidden otherwise, until an instant.

use jiff::{SignedDuration, Timestamp};

use crate::object::meta::Object;

/// Key of the annotation unless parameters name another one.
pub(in super::super) const KEY: &str = "seawall.dev/break-glass";

/// How many hours ahead the instant may lie unless parameters say otherwise.
pub(in super::super) const HOURS: u16 = 24;

/// Whether the annotation holds an instant that is still to come, and not too far away.
pub(in super::super) fn is_broken(object: Object<'_>, key: &str, hours: u16, now: Timestamp) -> bool {
    let until = object.annotation(key).and_then(|it| it.parse::<Timestamp>().ok());
    let latest = now.saturating_add(SignedDuration::from_hours(hours.into()));
    until.is_some_and(|until| now < until && latest.is_ok_and(|latest| until <= latest))
}
