//! Facts over facts: what is about to be applied stands before what is there.

use std::collections::HashSet;

use super::facts::{Facts, Unknown};
use crate::object::kinds::Kind;
use crate::object::meta::Object;

/// One source of facts over another: an object of the upper one takes the place of that with its kind, namespace and
/// name in the lower one, and everything else of both is known.
///
/// What one of the two does not know is not known: an object that nobody can see may be just the one that matters.
pub struct Layered<'a> {
    over: &'a dyn Facts,
    under: &'a dyn Facts,
}

impl<'a> Layered<'a> {
    /// `over` before `under`.
    pub fn new(over: &'a dyn Facts, under: &'a dyn Facts) -> Self {
        Self { over, under }
    }
}

impl Facts for Layered<'_> {
    fn objects(&self, kind: &'static Kind, namespace: Option<&str>) -> Result<Vec<Object<'_>>, Unknown> {
        let mut objects = self.over.objects(kind, namespace)?;
        let under = self.under.objects(kind, namespace)?;
        let replaced: HashSet<&str> = objects.iter().filter_map(|object| object.name()).collect();
        let is_kept = |object: &Object<'_>| object.name().is_none_or(|name| !replaced.contains(name));
        objects.extend(under.into_iter().filter(is_kept));
        Ok(objects)
    }

    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        self.over.namespace(name).or_else(|_| self.under.namespace(name))
    }
}

/// Facts of which only some namespaces have been asked for: of all others nothing is known.
pub struct Within<'a> {
    facts: &'a dyn Facts,
    namespaces: &'a [String],
}

impl<'a> Within<'a> {
    /// `facts` of these namespaces, and of what is in none.
    pub fn new(facts: &'a dyn Facts, namespaces: &'a [String]) -> Self {
        Self { facts, namespaces }
    }
}

impl Facts for Within<'_> {
    fn objects(&self, kind: &'static Kind, namespace: Option<&str>) -> Result<Vec<Object<'_>>, Unknown> {
        match namespace.filter(|name| !self.namespaces.iter().any(|it| it == name)) {
            Some(name) => Err(Unknown { what: format!("{} objects of namespace `{name}`", kind.name) }),
            None => self.facts.objects(kind, namespace),
        }
    }

    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        self.facts.namespace(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::{ManifestFacts, ManifestSet};
    use crate::object::kinds;
    use crate::policy::NoFacts;

    /// Objects such as `Service shop/web a`, the last word of which is an annotation that tells them apart.
    fn set(objects: &[&str]) -> ManifestSet {
        let text: String = objects
            .iter()
            .map(|object| {
                let words: Vec<_> = object.split(' ').collect();
                let [kind, place, mark] = words[..] else { panic!("{object}") };
                let (namespace, name) = place.split_once('/').unwrap_or(("", place));
                let namespace =
                    if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
                format!(
                    "apiVersion: v1\nkind: {kind}\nmetadata: {{ name: {name}{namespace}, annotations: {{ mark: {mark} }} }}\n---\n"
                )
            })
            .collect();
        ManifestSet::read(&["-".into()], &mut text.as_bytes())
    }

    fn marks(objects: Vec<Object<'_>>) -> Vec<String> {
        let mut marks: Vec<_> =
            objects.into_iter().map(|object| object.annotation("mark").unwrap().to_string()).collect();
        marks.sort();
        marks
    }

    #[test]
    fn files_stand_before_the_cluster() {
        let service = &kinds::SERVICE;
        for (files, cluster, kind, namespace, expected) in [
            (&[][..], &["Service shop/web old"][..], service, Some("shop"), &["old"][..]),
            (&["Service shop/web new"], &[], service, Some("shop"), &["new"]),
            (&["Service shop/web new"], &["Service shop/web old"], service, Some("shop"), &["new"]),
            (&["Service shop/web new"], &["Service shop/api old"], service, Some("shop"), &["new", "old"]),
            (&["Service shop/web new"], &["Service bank/web old"], service, Some("shop"), &["new"]),
            (&["Service shop/web new"], &["Service bank/web old"], service, Some("bank"), &["old"]),
            (&["Secret shop/web new"], &["Service shop/web old"], service, Some("shop"), &["old"]),
            // A file that names no namespace goes to the default one.
            (&["Service web new"], &["Service default/web old"], service, Some("default"), &["new"]),
            (
                &["PersistentVolume web new"],
                &["PersistentVolume web old"],
                &kinds::PERSISTENT_VOLUME,
                None,
                &["new"],
            ),
        ] {
            let (files, cluster) = (set(files), set(cluster));
            let (files, cluster) =
                (ManifestFacts::new(&files, Some("default")), ManifestFacts::new(&cluster, None));
            let layered = Layered::new(&files, &cluster);
            assert_eq!(marks(layered.objects(kind, namespace).unwrap()), expected);
        }
    }

    #[test]
    fn a_namespace_is_that_of_the_files_else_that_of_the_cluster() {
        let (files, cluster) =
            (set(&["Namespace shop new"]), set(&["Namespace shop old", "Namespace bank old"]));
        let (files, cluster) = (ManifestFacts::new(&files, None), ManifestFacts::new(&cluster, None));
        let layered = Layered::new(&files, &cluster);
        let mark = |name| layered.namespace(name).map(|it| it.annotation("mark").unwrap().to_string());
        assert_eq!((mark("shop").as_deref(), mark("bank").as_deref()), (Ok("new"), Ok("old")));
        assert_eq!(mark("none").unwrap_err().to_string(), "Namespace `none` not known");
    }

    #[test]
    fn what_one_of_them_does_not_know_is_not_known() {
        let files = set(&["Service shop/web new"]);
        let files = ManifestFacts::new(&files, None);
        let objects =
            |facts: &dyn Facts, namespace| facts.objects(&kinds::SERVICE, Some(namespace)).map(marks);
        let unknown = Unknown::kind(&kinds::SERVICE);
        assert_eq!(objects(&Layered::new(&files, &NoFacts), "shop"), Err(unknown.clone()));
        assert_eq!(objects(&Layered::new(&NoFacts, &files), "shop"), Err(unknown));
        let namespaces = ["shop".to_owned()];
        let within = Within::new(&files, &namespaces);
        assert_eq!(objects(&within, "shop"), Ok(vec!["new".to_owned()]));
        let what = objects(&within, "bank").unwrap_err().to_string();
        assert_eq!(what, "Service objects of namespace `bank` not known");
    }
}
