//! Facts over facts: what is about to be applied stands before what is there.

use super::facts::{Facts, Unknown, Within};
use crate::object::key::Key;
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
    fn find(
        &self,
        kind: &'static Kind,
        within: Within<'_>,
        by: Option<Key<'_>>,
    ) -> Result<Vec<Object<'_>>, Unknown> {
        let mut found = self.over.find(kind, within, by)?;
        for object in self.under.find(kind, within, by)? {
            // It is replaced by its name, whatever it was looked for by.
            let namespace = match within {
                Within::Namespace(namespace) => namespace,
                Within::Cluster => object.namespace(),
            };
            let replacement = object.name().map(|name| self.over.named(kind, namespace, name)).transpose()?;
            if replacement.flatten().is_none() {
                found.push(object);
            }
        }
        Ok(found)
    }

    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        self.over.namespace(name).or_else(|_| self.under.namespace(name))
    }
}

/// Two sources of the same facts, of which the second is asked for what the first does not know.
pub struct Fallback<'a>(pub &'a dyn Facts, pub &'a dyn Facts);

impl Facts for Fallback<'_> {
    fn find(
        &self,
        kind: &'static Kind,
        within: Within<'_>,
        by: Option<Key<'_>>,
    ) -> Result<Vec<Object<'_>>, Unknown> {
        self.0.find(kind, within, by).or_else(|_| self.1.find(kind, within, by))
    }

    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        self.0.namespace(name).or_else(|_| self.1.namespace(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::{ManifestFacts, ManifestSet};
    use crate::object::kinds;
    use crate::policy::NoFacts;

    /// Objects such as `Service shop/web a`, the last word of which is a label that tells them apart.
    fn set(objects: &[&str]) -> ManifestSet {
        let texts: Vec<_> = objects
            .iter()
            .map(|object| {
                let words: Vec<_> = object.split(' ').collect();
                let [kind, place, mark] = words[..] else { panic!("{object}") };
                let (namespace, name) = place.split_once('/').unwrap_or(("", place));
                let namespace =
                    if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
                format!(
                    "apiVersion: v1\nkind: {kind}\nmetadata: {{ name: {name}{namespace}, labels: {{ mark: {mark} }} }}\n---\n"
                )
            })
            .collect();
        ManifestSet::read(&["-".into()], &mut texts.concat().as_bytes())
    }

    fn marks(objects: Vec<Object<'_>>) -> Vec<String> {
        let mut marks: Vec<_> =
            objects.into_iter().map(|object| object.label("mark").unwrap().to_string()).collect();
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
            let layered = &Layered::new(&files, &cluster) as &dyn Facts;
            assert_eq!(marks(layered.objects(kind, namespace).unwrap()), expected);
        }
    }

    #[test]
    fn what_is_replaced_is_not_found_by_what_it_was() {
        let files = set(&["Pod shop/web new", "Pod shop/api old"]);
        let cluster = set(&["Pod shop/web old", "Pod bank/web old", "Pod shop/db old"]);
        let (files, cluster) = (ManifestFacts::new(&files, None), ManifestFacts::new(&cluster, None));
        let layered = Layered::new(&files, &cluster);
        let shop = Within::Namespace(Some("shop"));
        for (within, mark, expected) in [
            (shop, "old", &["api", "db"][..]),
            (shop, "new", &["web"]),
            (Within::Cluster, "old", &["api", "db", "web"]),
            (Within::Cluster, "new", &["web"]),
        ] {
            let found = layered.find(&kinds::POD, within, Some(Key::PodLabel("mark", mark))).unwrap();
            let mut names: Vec<_> = found.into_iter().filter_map(Object::name).collect();
            names.sort_unstable();
            assert_eq!(names, expected, "{within:?} {mark}");
        }
        let all = layered.find(&kinds::POD, Within::Cluster, None).unwrap();
        assert_eq!(marks(all), ["new", "old", "old", "old"]);
    }

    #[test]
    fn a_namespace_is_that_of_the_files_else_that_of_the_cluster() {
        let (files, cluster) =
            (set(&["Namespace shop new"]), set(&["Namespace shop old", "Namespace bank old"]));
        let (files, cluster) = (ManifestFacts::new(&files, None), ManifestFacts::new(&cluster, None));
        let layered = Layered::new(&files, &cluster);
        let mark = |name| layered.namespace(name).map(|it| it.label("mark").unwrap().to_string());
        assert_eq!((mark("shop").as_deref(), mark("bank").as_deref()), (Ok("new"), Ok("old")));
        assert_eq!(mark("none").unwrap_err().to_string(), "Namespace `none` not known");
    }

    #[test]
    fn what_one_of_them_does_not_know_is_not_known() {
        let files = set(&["Service shop/web new"]);
        let files = ManifestFacts::new(&files, None);
        let objects =
            |facts: &dyn Facts, namespace| facts.objects(&kinds::SERVICE, Some(namespace)).map(marks);
        let unknown = Unknown::Kind(&kinds::SERVICE);
        assert_eq!(objects(&Layered::new(&files, &NoFacts), "shop"), Err(unknown.clone()));
        assert_eq!(objects(&Layered::new(&NoFacts, &files), "shop"), Err(unknown));
        let new = Ok(vec!["new".to_owned()]);
        assert_eq!(objects(&Fallback(&files, &NoFacts), "shop"), new);
        assert_eq!(objects(&Fallback(&NoFacts, &files), "shop"), new);
        assert_eq!(
            objects(&Fallback(&NoFacts, &NoFacts), "shop").unwrap_err(),
            Unknown::Kind(&kinds::SERVICE)
        );
    }
}
