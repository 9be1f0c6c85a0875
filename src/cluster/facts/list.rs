//! The same facts as they are once, for those who do not stay to watch.

use std::sync::Arc;

use kube::Client;

use super::{Entry, is_known_by_metadata};
use crate::cluster::snapshot::{Objects, Snapshot};
use crate::cluster::{ListError, Listed, PAGE, Pages, Unlisted, resource_of};
use crate::object::kinds::Kind;
use crate::tree::json;

/// All objects of these kinds, and which of the kinds are not known: the API server refuses or fails to list them.
///
/// With `namespaces`, of what lives in a namespace only what is in these is listed and known; Namespaces themselves are
/// asked for one by one, which takes no permission to list them.
///
/// It is an error if the API server does not answer at all.
pub async fn list(
    client: &Client,
    kinds: &[&'static Kind],
    namespaces: &[String],
) -> Result<(Snapshot, Vec<Unlisted>), Unlisted> {
    let mut snapshot = Snapshot { only: namespaces.to_vec(), ..Snapshot::default() };
    let mut unlisted = Vec::new();
    for kind in kinds.iter().copied() {
        match objects(client, kind, namespaces).await {
            Ok(objects) => snapshot.kinds.push((kind, Arc::new(objects))),
            Err(error) => {
                let is_over = matches!(error, ListError::Unreachable(_));
                let kind = Unlisted { kind: kind.name.to_owned(), error };
                if is_over {
                    return Err(kind);
                }
                unlisted.push(kind);
            }
        }
    }
    Ok((snapshot, unlisted))
}

async fn objects(client: &Client, kind: &'static Kind, namespaces: &[String]) -> Result<Objects, ListError> {
    let mut objects = Objects::default();
    let all = Listed { only_metadata: is_known_by_metadata(kind), ..Listed::all(resource_of(kind)) };
    for listed in all.within(kind.namespaced, namespaces) {
        let mut pages = Pages::new(client.clone(), &listed, PAGE);
        loop {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                // Of a kind that the cluster does not have there are no objects.
                Ok(None) | Err(ListError::Absent) => break,
                Err(error) => return Err(error),
            };
            let entries = page.items().filter_map(|item| Entry::of(kind, json::to_value(item)));
            entries.filter(|entry| !entry.is_said_by_deployment(kind)).for_each(|it| objects.take(it));
        }
    }
    Ok(objects)
}
