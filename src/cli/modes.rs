//! `seawall modes`.

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
use crate::object::kinds;
use crate::policy::{Facts, NoFacts, Operation, Unknown};
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
    #[arg(long, value_name = "USER", default_value = "")]
    user: String,
    /// Group of the user; may be repeated.
    #[arg(long = "user-group", value_name = "GROUP")]
    groups: Vec<String>,
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
    let request = request_of(args)?;
    let root = request.root().context("the request is empty")?;
    let subject = request::subject(root, now())?;
    let namespace = LabelledNamespace::new(args)?;
    let view = table.view(&subject, &namespace);
    let container = args.container.as_deref().map(|name| ContainerAt { name, image: &args.image });
    let explanation = view.explain(policy, container);
    let meta = entry.meta;
    let mut out = anstream::stdout();
    writeln!(out, "{} {}: {}", meta.code, meta.name, answer(&explanation))?;
    for Step { origin, says, applies } in &explanation.steps {
        let mark = if *applies { "+" } else { "-" };
        let origin = origin.as_ref().map_or_else(|| "always".to_owned(), ToString::to_string);
        writeln!(out, "  {mark} {origin}: {says}")?;
    }
    Ok(EXIT_CLEAN)
}

/// The mode, and what decided it.
fn answer(explanation: &Explanation) -> String {
    let Ruling { mode, because, upcoming } = explanation.ruling;
    let mut answer = format!("{mode}, decided by {because}");
    if let Some(origin) = &explanation.decided_by {
        answer += &format!(" ({origin})");
    }
    if let Some(later) = upcoming {
        answer += &format!("; {} from {}", later.mode, date(later.from));
    }
    answer
}

/// The request as the API server would send it, with what the flags say.
fn request_of(args: &Explain) -> anyhow::Result<Tree> {
    let known = kinds::ALL.iter().find(|kind| kind.name == args.kind);
    let group = args.group.as_deref().or(known.map(|kind| kind.group));
    let group = group.with_context(|| format!("--kind {}: not known here, give --group too", args.kind))?;
    let labels: serde_json::Map<_, _> =
        args.label.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let object = json!({ "metadata": { "name": args.name, "namespace": args.namespace, "labels": labels } });
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
        "userInfo": { "username": args.user, "groups": args.groups },
        "object": object,
        "oldObject": old,
    });
    Ok(json::read(request.to_string().as_bytes())?)
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
    fn objects(
        &self,
        kind: &'static kinds::Kind,
        namespace: Option<&str>,
    ) -> Result<Vec<crate::object::meta::Object<'_>>, Unknown> {
        NoFacts.objects(kind, namespace).map(|_| Vec::new())
    }

    fn namespace(&self, name: &str) -> Result<crate::object::meta::Object<'_>, Unknown> {
        let root = self.0.as_ref().and_then(Tree::root);
        let object = root.and_then(crate::object::View::view);
        object.ok_or_else(|| Unknown { what: format!("Namespace `{name}`") })
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not key=value"))?;
    Ok((key.to_owned(), value.to_owned()))
}
