//! stub
use crate::policy::Entry;
/// stub
pub fn render(entry: &Entry) -> String {
    entry.meta.name.to_owned()
}
