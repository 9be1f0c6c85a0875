//! What is known of a live cluster, and who may write to it: watches that fill an immutable snapshot, which reviews
//! read without a lock, the election of the replica that writes, events about Seawall itself, lists page by page,
//! and words for what goes wrong.
//!
//! Nothing here decides anything about a review, and nothing is asked of the API server during one.

mod answer;
mod events;
mod facts;
mod lease;
mod list;
mod snapshot;

pub use answer::{is_refused, say, say_watch};
pub use events::{Events, OwnPod, Reason};
pub use facts::{WatchState, list as list_facts, watch};
pub use lease::{Leadership, LeaseNames, LeaseState};
pub(crate) use list::MAX_LENGTH;
pub use list::{ListError, Listed, PAGE, Page, Pages, Place, Unlisted, resource_of, resource_of_workload};
pub use snapshot::Snapshot;
