//! From a YAML document as it is written to a tree: aliases resolved, merge keys applied, scalars typed.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::super::build::{Key, NodeId, ROOT, Scalar};
use super::super::document::Document;
use super::super::positions::{Position, Positions};
use super::super::{MAX_DEPTH, Tree};
use super::YamlError;
use super::graph::{Graph, Shape};
use super::scalar::Typed;

/// What repeating a node costs besides its text, which is what it takes in memory; and what a key costs.
const NODE_COST: usize = 64;
const KEY_COST: usize = 16;

/// Composes the document. What aliases add to it is paid from `budget`, in bytes.
pub(super) fn compose(graph: &Graph<'_>, budget: &mut usize) -> Result<Document, YamlError> {
    let mut composer =
        Composer { graph, budget, tree: Tree::new(), positions: Positions::default(), within_alias: None };
    composer.value(0, Spot { parent: ROOT, key: Key::default(), key_at: None, depth: 0 })?;
    Ok(Document { tree: composer.tree, positions: composer.positions })
}

struct Composer<'a, 't> {
    graph: &'a Graph<'t>,
    budget: &'a mut usize,
    tree: Tree,
    positions: Positions,
    /// Where the outermost alias stands that is being resolved.
    within_alias: Option<Position>,
}

/// Where in the tree the next node goes.
#[derive(Clone, Copy)]
struct Spot {
    parent: NodeId,
    key: Key,
    key_at: Option<Position>,
    /// How many arrays and objects it stands in.
    depth: usize,
}

/// The keys of an object that has a merge key, and which of them stand before it.
type Taken = HashMap<String, Stands>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Before(Position),
    After,
}

impl<'a> Composer<'a, '_> {
    /// Adds the graph node `index` and all below it. Recurses no deeper than [`MAX_DEPTH`], plus one step for
    /// the alias at each level.
    fn value(&mut self, index: u32, spot: Spot) -> Result<(), YamlError> {
        let target = self.graph.target(index);
        let at = self.graph.node(index).at;
        self.through(index, |composer| {
            composer.charge(target, NODE_COST)?;
            composer.node(target, at, spot)
        })
    }

    fn node(&mut self, index: u32, at: Position, spot: Spot) -> Result<(), YamlError> {
        self.positions.push(spot.key_at, at);
        let graph = self.graph;
        let is_scalar = matches!(graph.node(index).shape, Shape::Scalar { .. });
        if !is_scalar && spot.depth + 1 >= MAX_DEPTH {
            return Err(YamlError::TooDeep { at });
        }
        match graph.node(index).shape {
            Shape::Sequence => {
                let parent = self.tree.open_array(spot.parent, spot.key);
                let spot = Spot { parent, key: Key::default(), key_at: None, depth: spot.depth + 1 };
                for element in graph.children(index) {
                    self.value(element, spot)?;
                }
                self.tree.close_array(parent);
                Ok(())
            }
            Shape::Mapping => self.mapping(index, spot),
            Shape::Scalar { .. } | Shape::Alias(_) => self.scalar(index, spot),
        }
    }

    fn scalar(&mut self, index: u32, spot: Spot) -> Result<(), YamlError> {
        let typed = self.graph.typed(index)?.sent_on();
        let scalar = match &typed {
            Typed::Null => Scalar::Null,
            Typed::Bool(value) => Scalar::Bool(*value),
            Typed::Int(value) => Scalar::Int(*value),
            Typed::Number(text) => Scalar::Number(text),
            Typed::Text(text) => Scalar::Text(text),
            Typed::NotFinite(_) => return Err(YamlError::NotFinite { at: self.graph.node(index).at }),
        };
        self.tree.push(spot.parent, spot.key, &scalar);
        Ok(())
    }

    fn mapping(&mut self, index: u32, spot: Spot) -> Result<(), YamlError> {
        let graph = self.graph;
        let object = self.tree.open_object(spot.parent, spot.key);
        let mut merge = None;
        for (key, value) in graph.entries(index) {
            if graph.is_merge(key) {
                if let Some((first, _)) = merge.replace((key, value)) {
                    return Err(self.duplicate("<<", first, key));
                }
                continue;
            }
            let text = self.key(key)?;
            self.entry(object, &text, key, value, spot.depth)?;
        }
        if let Some((key, value)) = merge {
            let mut taken = Taken::new();
            for (other, _) in graph.entries(index).filter(|&(other, _)| other != key) {
                let stands = if other < key { Stands::Before(graph.node(other).at) } else { Stands::After };
                taken.insert(graph.key(other)?.into_owned(), stands);
            }
            self.merge(object, value, &mut taken, spot.depth)?;
        }
        self.tree.close_object(object).map_err(|error| {
            let at = |node| self.positions.key_of(node).unwrap_or(Position::START);
            let node = |id| self.tree.node(id);
            let first = node(object).and_then(|it| it.children().find(|child| child.key() == error.key));
            YamlError::DuplicateKey {
                at: node(error.second).map_or(Position::START, at),
                first: first.map_or(Position::START, at),
                key: error.key,
            }
        })
    }

    fn key(&mut self, index: u32) -> Result<Cow<'a, str>, YamlError> {
        let graph = self.graph;
        self.through(index, |composer| composer.charge(graph.target(index), KEY_COST))?;
        graph.key(index)
    }

    fn entry(
        &mut self,
        object: NodeId,
        text: &str,
        key: u32,
        value: u32,
        depth: usize,
    ) -> Result<(), YamlError> {
        let in_metadata = self.tree.node(object).is_some_and(|it| it.key() == "metadata");
        if in_metadata && text == "managedFields" {
            return Ok(());
        }
        let key_at = Some(self.graph.node(key).at);
        let key = self.tree.key(text);
        self.value(value, Spot { parent: object, key, key_at, depth: depth + 1 })
    }

    /// Adds the entries of a mapping, or of each mapping in a sequence, whose keys are not taken.
    fn merge(
        &mut self,
        object: NodeId,
        sources: u32,
        taken: &mut Taken,
        depth: usize,
    ) -> Result<(), YamlError> {
        let graph = self.graph;
        match graph.node(sources).shape {
            Shape::Sequence => {
                graph.children(sources).try_for_each(|source| self.merge_one(object, source, taken, depth))
            }
            _ => self.merge_one(object, sources, taken, depth),
        }
    }

    /// Recurses through merge keys in what is merged; such a chain counts as depth.
    fn merge_one(
        &mut self,
        object: NodeId,
        source: u32,
        taken: &mut Taken,
        depth: usize,
    ) -> Result<(), YamlError> {
        let graph = self.graph;
        let at = graph.node(source).at;
        let mapping = graph.target(source);
        if !matches!(graph.node(mapping).shape, Shape::Mapping) {
            return Err(YamlError::BadMerge { at });
        }
        if depth + 1 >= MAX_DEPTH {
            return Err(YamlError::TooDeep { at });
        }
        self.through(source, |composer| {
            composer.charge(mapping, NODE_COST)?;
            let mut own = HashSet::new();
            let mut nested = None;
            for (key, value) in graph.entries(mapping) {
                if graph.is_merge(key) {
                    // Behind an alias the mapping has been composed, and checked, where its anchor is.
                    if mapping == source {
                        return Err(YamlError::BadMerge { at: graph.node(key).at });
                    }
                    nested = Some(value);
                    continue;
                }
                let text = composer.key(key)?;
                match taken.get(text.as_ref()) {
                    Some(Stands::Before(first)) => {
                        return Err(YamlError::AmbiguousMerge { at, first: *first, key: text.into_owned() });
                    }
                    Some(Stands::After) => {}
                    None => composer.entry(object, &text, key, value, depth)?,
                }
                own.insert(text.into_owned());
            }
            taken.extend(own.into_iter().map(|key| (key, Stands::After)));
            nested.map_or(Ok(()), |sources| composer.merge(object, sources, taken, depth + 1))
        })
    }

    /// Runs `read`, within an alias if `index` is one.
    fn through(
        &mut self,
        index: u32,
        read: impl FnOnce(&mut Self) -> Result<(), YamlError>,
    ) -> Result<(), YamlError> {
        let node = self.graph.node(index);
        let outer = self.within_alias;
        if matches!(node.shape, Shape::Alias(_)) {
            self.within_alias = outer.or(Some(node.at));
        }
        let result = read(self);
        self.within_alias = outer;
        result
    }

    /// Pays for a node that an alias makes stand here once more.
    fn charge(&mut self, index: u32, cost: usize) -> Result<(), YamlError> {
        let Some(at) = self.within_alias else { return Ok(()) };
        let text = match &self.graph.node(index).shape {
            Shape::Scalar { text, .. } => text.len(),
            _ => 0,
        };
        let rest = self.budget.checked_sub(cost + text);
        *self.budget = rest.ok_or(YamlError::TooManyAliases { at })?;
        Ok(())
    }

    fn duplicate(&self, key: &str, first: u32, second: u32) -> YamlError {
        let at = |index| self.graph.node(index).at;
        YamlError::DuplicateKey { at: at(second), first: at(first), key: key.to_owned() }
    }
}
