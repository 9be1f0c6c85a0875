//! What is known of a live cluster: watches that fill an immutable snapshot, which reviews read without a lock.
//!
//! Nothing here decides anything, and nothing is asked of the API server during a review.

mod namespaces;
mod snapshot;

pub use namespaces::{WatchState, watch};
pub use snapshot::Snapshot;
