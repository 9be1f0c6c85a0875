//! `docs/facts.md`: which kinds are watched for which policies, and what is kept of them.

use std::fmt::Write as _;

use seawall::catalogue;
use seawall::modes::{Mode, Profile};
use seawall::object::kinds::{self, Kind};
use seawall::policy::Meta;

use crate::golden;

/// What the catalogue says could be judged with others, and is not.
const TAIL: &str = "
## What is not judged with others

| policy | what could be asked | why it is not |
|---|---|---|
| [RBA09](policies/broad-secret-access.md), [RBA10](policies/pod-creating-role.md), [RBA11](policies/exec-granting-role.md) | whether somebody is bound to the role | what is too much stands in the role, and is said there once; that nobody is bound to it proves nothing, because the binding comes later |
| [CFG09](policies/foreign-secret.md) | the labels of the Secret | it would take the right to list Secrets, by default: the names of those that a Pod may take are a parameter instead |
| [SEC21](policies/ssh-port.md) | the ports of Services | a named port is judged in the container that declares it, and a number at the Service |
| [AVL18](policies/unbounded-vertical-autoscaler.md) | whether the workload has a single Pod | it is about bounds; [AVL01](policies/single-replica.md) speaks of single Pods |
| [NET06](policies/dangling-service.md), [NET21](policies/dangling-network-policy.md) | bare Pods | to watch every Pod of a cluster is much for a hint of low severity; what operators make passes |
";

const HEAD: &str = "\
# Facts

Made from the catalogue by `UPDATE=1 cargo test --test policies`.

Some policies judge an object together with others: a budget with the autoscaler of its workload, a Service with the
Pods that it selects. What they have to know they declare, and `seawall serve` watches exactly those kinds while at least
one such policy is on: in all namespaces, from one replica one watch a kind. `seawall check` takes the files that it is
given for the whole cluster, `check --with-cluster` lists the kinds once, and so does `seawall audit`.

Of an object is kept what the policies' lenses read, and never `managedFields`. Of some kinds nothing but metadata (name,
labels, annotations, owners) is asked for in the first place; of Secrets and ConfigMaps no annotation is kept either, because
tools copy whole objects into theirs. ReplicaSets
that a Deployment has made are not kept, because the Deployment says all that they do. What an object costs in memory, how
soon a change is seen and what an idle API server is asked is measured in [Benchmarks](benchmarks.md#facts).

A kind that may not be watched, or has not been seen in full, is not known: the policies that need it are *not evaluated*,
and counted in `seawall_not_evaluated_total`. A kind that the cluster does not have has no objects, until somebody installs
it. [Operations](operations.md) says what may go wrong and what happens then.

What is in a cluster is written by many, so what is kept has a bound: 128 MiB, which is enough for some 20,000 objects, or
what `--facts-memory` (chart: `facts.memoryMiB`) says. Above it the kind that takes most is not known, and tried again after
five minutes.

*Watched by default* is what the profile `production` leads to. An opt-in policy brings its kinds along when it is
selected; the labels of Namespaces are always known.

";

pub(crate) fn page_is_fresh() -> Result<(), String> {
    let mut page = HEAD.to_owned();
    page.push_str("| kind | kept | watched by default | policies that read it |\n|---|---|---|---|\n");
    let reading = |kind: &'static Kind| {
        catalogue::all().map(|entry| entry.meta).filter(move |meta| meta.reads.contains(&kind))
    };
    for kind in kinds::ALL.iter().copied().filter(|kind| reading(kind).next().is_some()) {
        let is_metadata = kind.shape_beside().has_only(&["apiVersion", "kind", "metadata"]);
        let kept = if is_metadata { "metadata" } else { "what is read" };
        let is_default =
            *kind == kinds::NAMESPACE || reading(kind).any(|meta| Profile::Production.mode(meta) > Mode::Off);
        let group = if kind.group.is_empty() { String::new() } else { format!(".{}", kind.group) };
        let policies: Vec<_> = reading(kind).map(link).collect();
        let default = if is_default { "yes" } else { "no" };
        let policies = policies.join(", ");
        writeln!(page, "| `{}{group}` | {kept} | {default} | {policies} |", kind.name)
            .map_err(|error| error.to_string())?;
    }
    page.push_str(TAIL);
    golden::check("docs/facts.md", &page)
}

fn link(meta: &Meta) -> String {
    let name = if meta.opt_in { format!("{} (opt-in)", meta.code) } else { meta.code.to_owned() };
    format!("[{name}](policies/{}.md)", meta.name)
}
