//! `seawall modes`.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::json;

use super::{EXIT_CLEAN, now};
use crate::admission::request;
use crate::catalogue;
use crate::config::{self, Overrides};
use crate::modes::{ContainerAt, Explanation, Mode, Profile, Ruling, Step, date, unknown_policy};
use crate::object::key::Key;
use crate::object::kinds;
use crate::object::workload::Workloads;
use crate::policy::{Facts, Meta, Operation, Subject, Unknown, Within};
use crate::tree::{Tree, json};

/// Which mode applies where, and which line of the configuration says so.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Explain the mode of a policy for one request.
    Explain(Box<Explain>),
}

/// The request that is asked about. What is not given is left open.
#[derive(Debug, clap::Args)]
struct Explain {
    /// Code or name of the policy.
    #[arg(long, value_name = "P")]
    policy: String,
    /// Configuration file; without it the profile decides alone.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Profile instead of the configuration's.
    #[arg(long, value_name = "NAME")]
    profile: Option<Profile>,
    /// Cap instead of the configuration's.
    #[arg(long, value_name = "MODE")]
    max_mode: Option<Mode>,
    /// Namespace of the object.
    #[arg(long, short, value_name = "N")]
    namespace: Option<String>,
    /// Label of the namespace, as key=value; may be repeated. Without any, the labels are not known.
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    namespace_label: Vec<(String, String)>,
    /// Kind of the object.
    #[arg(long, value_name = "KIND", default_value = "Deployment")]
    kind: String,
    /// API group of the kind; needed only where Seawall does not know the kind.
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Name of the object.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Label of the object, as key=value; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    label: Vec<(String, String)>,
    /// What is done to the object.
    #[arg(long, value_name = "OPERATION", default_value = "CREATE")]
    operation: Operation,
    /// Who does it.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Group of the user; may be repeated.
    #[arg(long = "user-group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Kind of the owner for which one of Kubernetes' own controllers makes the object; without --user, it does.
    #[arg(long, value_name = "KIND")]
    owner_kind: Option<String>,
    /// Name of the container that a finding is in.
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
    /// Image of that container.
    #[arg(long, value_name = "IMAGE", default_value = "")]
    image: String,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    match &args.command {
        Command::Explain(args) => explain(args),
    }
}

fn explain(args: &Explain) -> anyhow::Result<u8> {
    let entry = catalogue::find(&args.policy).with_context(|| unknown_policy(&args.policy))?;
    let overrides = Overrides { profile: args.profile, max_mode: args.max_mode, ..Overrides::default() };
    let table = config::load(args.config.as_deref(), &overrides, now())?.config.table;
    let Some((policy, _)) = table.policies().find(|(_, it)| it.meta.code == entry.meta.code) else {
        bail!("{}", unknown_policy(&args.policy))
    };
    let meta = entry.meta;
    let mut out = anstream::stdout();
    let request = request_of(args, table.workloads())?;
    let root = request.root().context("the request is empty")?;
    let subject = request::subject(root, now())?.knowing(table.workloads());
    if let Some(reason) = never_looks_at(meta, &subject) {
        writeln!(out, "{} {}: {reason}", meta.code, meta.name)?;
        return Ok(EXIT_CLEAN);
    }
    let namespace = LabelledNamespace::new(args)?;
    let view = table.view(&subject, &namespace);
    let container = args.container.as_deref().map(|name| ContainerAt { name, image: &args.image });
    let explanation = view.explain(policy, container);
    writeln!(out, "{} {}: {}", meta.code, meta.name, answer(&explanation))?;
    for Step { origin, says, applies } in &explanation.steps {
        let mark = if *applies { "+" } else { "-" };
        let origin = origin.as_ref().map_or_else(|| "always".to_owned(), ToString::to_string);
        writeln!(out, "  {mark} {origin}: {says}")?;
    }
    Ok(EXIT_CLEAN)
}

/// Why the policy never looks at a subject, whatever its mode is.
fn never_looks_at(meta: &Meta, subject: &Subject<'_>) -> Option<String> {
    if !subject.kind().is_some_and(|kind| meta.kinds.contains(&kind)) {
        let kinds: Vec<_> = meta.kinds.iter().map(|kind| kind.name).collect();
        return Some(format!("does not look at {}, only at {}", subject.group_kind, kinds.join(", ")));
    }
    if !meta.operations.contains(&subject.operation) {
        let operations: Vec<_> = meta.operations.iter().map(|operation| operation.as_str()).collect();
        return Some(format!(
            "does not look at {}, only at {}",
            subject.operation.as_str(),
            operations.join(", ")
        ));
    }
    None
}

/// The mode, and what decided it.
fn answer(explanation: &Explanation) -> String {
    let Ruling { mode, because, upcoming } = explanation.ruling;
    let mut answer = format!("{mode}, decided by {because}");
    if let Some(origin) = &explanation.decided_by {
        let _ = write!(answer, " ({origin})");
    }
    if let Some(later) = upcoming {
        let _ = write!(answer, "; {} from {}", later.mode, date(later.from));
    }
    answer
}

/// The request as the API server would send it, with what the flags say.
fn request_of(args: &Explain, workloads: &Workloads) -> anyhow::Result<Tree> {
    let declared = || workloads.iter().find(|it| it.kind == args.kind).map(|it| it.group.as_str());
    let known = known(&args.kind).map(|kind| kind.group);
    let group = args.group.as_deref().or(known).or_else(declared);
    let group = group.with_context(|| format!("--kind {}: not known here, give --group too", args.kind))?;
    let labels: serde_json::Map<_, _> =
        args.label.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let owner = args.owner_kind.as_deref().map(owner).transpose()?;
    let user = args.user.as_deref().unwrap_or(if owner.is_some() { CONTROLLER } else { "" });
    let object = json!({ "metadata": {
        "name": args.name,
        "namespace": args.namespace,
        "labels": labels,
        "ownerReferences": owner.as_slice(),
    } });
    let (object, old) = match args.operation {
        Operation::Create => (Some(&object), None),
        Operation::Update => (Some(&object), Some(&object)),
        Operation::Delete => (None, Some(&object)),
        Operation::Connect | Operation::Unknown => (None, None),
    };
    let request = json!({
        "kind": { "group": group, "version": "", "kind": args.kind },
        "operation": args.operation,
        "name": args.name,
        "namespace": args.namespace,
        "userInfo": { "username": user, "groups": args.groups },
        "object": object,
        "oldObject": old,
    });
    Ok(json::read(request.to_string().as_bytes())?)
}

/// As whom the controllers of Kubernetes write where they have no accounts of their own.
const CONTROLLER: &str = "system:kube-controller-manager";

/// A reference to the owner that manages the object.
fn owner(kind: &str) -> anyhow::Result<serde_json::Value> {
    let known = known(kind).with_context(|| format!("--owner-kind {kind}: not known here"))?;
    Ok(json!({ "apiVersion": known.api_version(), "kind": kind, "name": "", "controller": true }))
}

fn known(kind: &str) -> Option<&'static kinds::Kind> {
    kinds::ALL.iter().copied().find(|it| it.name == kind)
}

/// The namespace of the request with the labels that the flags give it; not known if they give none.
struct LabelledNamespace(Option<Tree>);

impl LabelledNamespace {
    fn new(args: &Explain) -> anyhow::Result<Self> {
        if args.namespace_label.is_empty() {
            return Ok(Self(None));
        }
        let labels: serde_json::Map<_, _> =
            args.namespace_label.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        let namespace = json!({ "metadata": { "name": args.namespace, "labels": labels } });
        Ok(Self(Some(json::read(namespace.to_string().as_bytes())?)))
    }
}

impl Facts for LabelledNamespace {
    fn find(
        &self,
        kind: &'static kinds::Kind,
        _: Within<'_>,
        _: Option<Key<'_>>,
    ) -> Result<Vec<crate::object::meta::Object<'_>>, Unknown> {
        Err(Unknown::Kind(kind))
    }

    fn namespace(&self, name: &str) -> Result<crate::object::meta::Object<'_>, Unknown> {
        let root = self.0.as_ref().and_then(Tree::root);
        let object = root.and_then(crate::object::View::view);
        object.ok_or_else(|| Unknown::namespace(name))
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not key=value"))?;
    Ok((key.to_owned(), value.to_owned()))
}
