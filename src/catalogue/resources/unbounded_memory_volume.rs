//! `RES10 unbounded-memory-volume`: a volume in memory must not get the containers killed that fill it.

use std::collections::{HashMap, HashSet};

use super::common::empty_dirs::{empty_dirs, writable, written_by};
use crate::object::At;
use crate::object::pod::Pod;
use crate::object::quantity::Quantity;
use crate::policy::prelude::*;

policy! {
    /// A volume in memory has no size limit, or a container can write as much to such volumes as it may use.
    ///
    /// It is an `emptyDir` with `medium: Memory`. The size limits of all that a container can write to are added up and
    /// compared with its memory limit; where the Pod as a whole has one, those that anybody in it can write to.
    /// `sizeLimit: 0` is none. Volumes that nobody can write to stay empty.
    ///
    /// ## Why
    /// What is written to the volume is memory of the container that writes it. Without a size limit the volume is as
    /// large as the memory limit of the Pod, or as the node: before the volume is full, the container is killed, and
    /// after its restart the volume is as full as before.
    ///
    /// ## Fix
    /// Set `emptyDir.sizeLimit`, and memory limits that hold it and the program.
    ///
    /// ## Denied
    /// ```yaml
    /// volumes: [{ name: shm, emptyDir: { medium: Memory } }]
    /// containers: [{ name: web, image: "web:1.4.2", volumeMounts: [{ name: shm, mountPath: /dev/shm }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// volumes: [{ name: shm, emptyDir: { medium: Memory, sizeLimit: 256Mi } }]
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     resources: { limits: { memory: 1Gi } }
    ///     volumeMounts: [{ name: shm, mountPath: /dev/shm }]
    /// ```
    pub(super) UnboundedMemoryVolume = {
        code: "RES10",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/storage/volumes/#emptydir"],
    }
}

impl Check for UnboundedMemoryVolume {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let mut volumes = empty_dirs(pod).filter(|dir| dir.medium == "Memory").peekable();
        if volumes.peek().is_none() {
            return;
        }
        let written = written_by(pod.containers.iter());
        let mut sizes = HashMap::new();
        for volume in volumes.filter(|volume| written.contains(volume.name)) {
            if let Some(limit) = volume.size_limit {
                sizes.insert(volume.name, *limit);
            } else {
                let (place, name) = (volume.volume.missing("emptyDir.sizeLimit"), shown(volume.name));
                out.report(place, format_args!("volume `{name}` in memory has no size limit"));
            }
        }
        if sizes.is_empty() {
            return;
        }
        for container in pod.with_resources() {
            let Some(limit) = container.own_limit("memory") else { continue };
            // A volume may be mounted more than once.
            let volumes: HashSet<_> = writable(container).collect();
            if fills(limit, volumes.iter().filter_map(|name| sizes.get(name))) {
                let (name, amount) = (shown(container.display_name()), limit.written());
                let amount = shown_within(&amount, 15);
                let message = format_args!(
                    "container `{name}` may write all of its memory limit `{amount}` to volumes in memory"
                );
                out.report(limit, message);
            }
        }
        let whole = pod.spec.resources().and_then(|whole| whole.limits().get("memory"));
        if let Some(limit) = whole.filter(|limit| fills(*limit, sizes.values())) {
            let amount = limit.written();
            let amount = shown_within(&amount, 15);
            out.report(
                limit,
                format_args!("Pod may write all of its memory limit `{amount}` to volumes in memory"),
            );
        }
    }
}

/// Whether volumes of these sizes can use up a limit.
fn fills<'a>(limit: At<'_, Quantity>, sizes: impl Iterator<Item = &'a Quantity>) -> bool {
    let sum = sizes.fold(Quantity::ZERO, |sum, size| sum.plus(*size));
    limit.is_positive() && sum >= *limit
}
