//! One policy over some objects or one request, through the engine as a cluster would have it.

use std::collections::BTreeMap;

use seawall::catalogue;
use seawall::engine::{Rules, Verdict};
use seawall::manifests::{self, ManifestSet};
use seawall::modes::{Mode, ModeTable, Origin, PolicySetting, Profile, TableSpec};
use seawall::object::key::Key;
use seawall::object::kinds::{self, Kind};
use seawall::object::meta::Object;
use seawall::object::workload::{Workload, Workloads};
use seawall::object::{View, meta, shape};
use seawall::policy::{Entry, Facts, Meta, NoFacts, Subject, Unknown, Within};
use seawall::tree::{Tree, json};
use serde_json::{Value, json};

/// What a policy found: messages by path.
pub(crate) type Found = BTreeMap<String, String>;

/// What a policy said about one subject.
#[derive(Debug)]
pub(crate) enum Said {
    /// Its findings; none if all is well.
    Found(Found),
    /// It could not answer.
    Unknown,
}

/// What is known about other objects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Known {
    /// All objects of the case.
    All,
    /// None.
    Nothing,
}

/// The instant of all reviews: 2026-02-01T12:00:00Z.
const NOW: i64 = 1_769_947_200;

/// Judges the first of the objects, with the others as facts.
pub(crate) fn objects(
    entry: &'static Entry,
    params: &Value,
    objects: &[Value],
    known: Known,
) -> Result<Said, String> {
    let subject = tree(objects.first().ok_or("the case has no object")?)?;
    let beside = beside(objects)?;
    let facts = Cluster::of(entry, &beside);
    let subject = subject.root().and_then(Object::view).ok_or("the case has no object")?;
    let workloads = rollouts();
    let subject = Subject::of_object(subject, now()).knowing(&workloads);
    if known == Known::All {
        fixes_hold(entry, params, objects)?;
    }
    match known {
        Known::All => judge(entry, params, &subject, &facts),
        Known::Nothing => judge(entry, params, &subject, &NoFacts),
    }
}

/// What the policy gives as a fix mends its finding and leads to no other, in a file with these objects.
fn fixes_hold(entry: &'static Entry, params: &Value, objects: &[Value]) -> Result<(), String> {
    let text = objects.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let set = ManifestSet::read_to_fix(&["-".into()], &mut text.as_bytes());
    let fixed = manifests::fix(&set, &rules(entry, params)?, None, now());
    let declined =
        fixed.declined.first().map(|it| format!("the fix at {} does not hold: {}", it.path, it.reason));
    declined.map_or(Ok(()), Err)
}

/// Judges an `AdmissionRequest`, of which only what matters has to be given. With objects beside it, they are the cluster;
/// without, nothing is known of one.
pub(crate) fn request(
    entry: &'static Entry,
    params: &Value,
    request: &Value,
    objects: &[Value],
) -> Result<Said, String> {
    let tree = tree(request)?;
    let root = tree.root().ok_or("the request is empty")?;
    let subject = seawall::admission::request::subject(root, now()).map_err(|error| error.to_string())?;
    if objects.is_empty() {
        return judge(entry, params, &subject, &NoFacts);
    }
    judge(entry, params, &subject, &Cluster::of(entry, &beside(objects)?))
}

/// The messages of all findings in any of these objects, each judged on its own.
pub(crate) fn messages(entry: &'static Entry, objects: &[Value]) -> Result<Vec<String>, String> {
    let rules = rules(entry, &Value::Object(serde_json::Map::new()))?;
    let mut messages = Vec::new();
    for object in objects {
        let tree = tree(object)?;
        let object = tree.root().and_then(Object::view).ok_or("no object")?;
        let verdict = rules.evaluate(&Subject::of_object(object, now()), &NoFacts, &|| false);
        messages.extend(verdict.findings.into_iter().map(|finding| finding.message().to_owned()));
    }
    Ok(messages)
}

fn judge(
    entry: &'static Entry,
    params: &Value,
    subject: &Subject<'_>,
    facts: &dyn Facts,
) -> Result<Said, String> {
    let verdict = rules(entry, params)?.evaluate(subject, facts, &|| false);
    let Verdict { findings, not_evaluated, panicked, malformed, .. } = verdict;
    if let Some(error) = malformed {
        return Err(format!("the object has not the shape of its kind: {error}"));
    }
    if !panicked.is_empty() {
        return Err("panicked".to_owned());
    }
    if !not_evaluated.is_empty() && findings.is_empty() {
        return Ok(Said::Unknown);
    }
    let found = findings.len();
    let by_path: Found = findings
        .into_iter()
        .map(|finding| (finding.path().to_owned(), finding.message().to_owned()))
        .collect();
    // One defect is one finding: two at one place would be one line in a denial.
    if by_path.len() == found { Ok(Said::Found(by_path)) } else { Err("two findings at one path".to_owned()) }
}

/// The policy on its own, refusing whatever it finds.
fn rules(entry: &'static Entry, params: &Value) -> Result<Rules, String> {
    let setting = PolicySetting {
        selector: entry.meta.name.to_owned(),
        mode: Some(Mode::Deny),
        params: Some(params.clone()),
        origin: Origin::flag("case"),
    };
    let spec = TableSpec {
        profile: (Profile::None, Origin::flag("case")),
        policies: vec![setting],
        workloads: rollouts(),
        ..TableSpec::default()
    };
    let table = ModeTable::build(&spec).map_err(|errors| errors[0].to_string())?;
    Ok(Rules::new(table, "test"))
}

/// Policies refuse with their default parameters, opt-in ones too, and no others.
pub(crate) fn refusing(is_meant: impl Fn(&Meta) -> bool) -> Result<ModeTable, String> {
    let origin = || Origin::flag("case");
    // By their codes: a theme does not turn on what is opt-in.
    let refusing = |meta: &Meta| PolicySetting {
        selector: meta.code.to_owned(),
        mode: Some(Mode::Deny),
        params: None,
        origin: origin(),
    };
    let meant = catalogue::all().map(|entry| entry.meta).filter(|meta| is_meant(meta));
    let spec = TableSpec {
        profile: (Profile::None, origin()),
        policies: meant.map(refusing).collect(),
        ..TableSpec::default()
    };
    ModeTable::build(&spec).map_err(|errors| errors[0].to_string())
}

fn tree(value: &Value) -> Result<Tree, String> {
    json::read(value.to_string().as_bytes()).map_err(|error| error.to_string())
}

fn now() -> jiff::Timestamp {
    jiff::Timestamp::from_second(NOW).unwrap_or_default()
}

/// Objects as watches keep them.
fn beside(objects: &[Value]) -> Result<Vec<Tree>, String> {
    objects.iter().map(|object| tree(&pruned(object))).collect()
}

/// An object as a watch keeps it: what no lens of its kind reads is gone.
fn pruned(object: &Value) -> Value {
    let mut pruned = object.clone();
    let version = object["apiVersion"].as_str().unwrap_or_default();
    if let Some(kind) = kinds::find(meta::group_of(version), object["kind"].as_str().unwrap_or_default()) {
        shape::prune(&mut pruned, kind.shape_beside());
        pruned["apiVersion"] = object["apiVersion"].clone();
        pruned["kind"] = object["kind"].clone();
    }
    pruned
}

/// The objects of a case as the whole cluster, of which only what the policy declares is watched.
struct Cluster<'a> {
    objects: Vec<Object<'a>>,
    watched: &'static [&'static Kind],
}

impl<'a> Cluster<'a> {
    fn of(entry: &'static Entry, objects: &'a [Tree]) -> Self {
        let objects = objects.iter().filter_map(|tree| Object::view(tree.root()?)).collect();
        Self { objects, watched: entry.meta.reads }
    }
}

impl Facts for Cluster<'_> {
    fn find(
        &self,
        kind: &'static Kind,
        within: Within<'_>,
        by: Option<Key<'_>>,
    ) -> Result<Vec<Object<'_>>, Unknown> {
        if !self.watched.contains(&kind) {
            return Err(Unknown::Kind(kind));
        }
        let is_it = |object: &&Object<'_>| {
            let found = object.kind().and_then(|it| kinds::find(object.group().unwrap_or_default(), &it));
            found == Some(kind)
                && (within == Within::Cluster || within == object.namespace().into())
                && by.is_none_or(|key| key.finds(kind, **object))
        };
        Ok(self.objects.iter().filter(is_it).copied().collect())
    }

    /// Namespaces are always watched: rules may ask for their labels.
    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        let is_it =
            |it: &&Object<'_>| it.kind().is_some_and(|kind| *kind == "Namespace") && it.name() == Some(name);
        let found = self.objects.iter().find(is_it).copied();
        found.ok_or_else(|| Unknown::namespace(name))
    }
}

/// A bare Pod with this specification.
pub(crate) fn pod(spec: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web" }, "spec": spec })
}

/// A Deployment with this Pod.
pub(crate) fn deployment(spec: &Value) -> Value {
    workload("apps/v1", "Deployment", spec)
}

/// A custom resource with this Pod.
pub(crate) fn rollout(spec: &Value) -> Value {
    workload("argoproj.io/v1alpha1", "Rollout", spec)
}

/// The custom resources that every table here knows.
fn rollouts() -> Workloads {
    let rollout = Workload {
        group: "argoproj.io".to_owned(),
        version: "v1alpha1".to_owned(),
        kind: "Rollout".to_owned(),
        plural: "rollouts".to_owned(),
        pod_template: vec!["spec".to_owned(), "template".to_owned()],
    };
    std::iter::once(rollout).collect()
}

fn workload(api_version: &str, kind: &str, spec: &Value) -> Value {
    let labels = json!({ "app": "web" });
    json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": { "name": "web" },
        "spec": {
            "selector": { "matchLabels": labels },
            "template": { "metadata": { "labels": labels }, "spec": spec },
        },
    })
}
