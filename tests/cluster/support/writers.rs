//! Writers that go on while something else happens, and remember every call that failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::api::{self, Answer};
use super::manifests;
use super::scene::Scene;
use super::wait::{PATIENCE, eventually};

/// Writers beside each other: so many connections does the API server need.
const WRITERS: usize = 8;
/// Writes of one writer, at most: should a scenario hang, its writers do not.
const WRITES: usize = 2_000;
/// Writes that follow a change, so that the API server has met it.
const AFTERWARDS: usize = 60;
/// Pause between two writes of one writer.
const PAUSE: Duration = Duration::from_millis(10);

/// Writers at work.
pub(crate) struct Writers<'c> {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<Vec<String>>>,
    scene: &'c Scene<'c>,
}

impl<'c> Writers<'c> {
    /// Starts writers that update Deployments with which nothing is wrong: each update is a review.
    pub(crate) fn start(scene: &'c Scene<'c>) -> Result<Self> {
        Self::start_with(scene, manifests::deployment, false)
    }

    /// Starts writers whose Deployments have a mutable tag. Where that is warned of, an answer without a warning is a
    /// write that nobody has reviewed, and counts as one that failed.
    pub(crate) fn start_warned(scene: &'c Scene<'c>) -> Result<Self> {
        Self::start_with(scene, manifests::mutable_deployment, true)
    }

    fn start_with(scene: &'c Scene<'c>, object: fn(&str) -> Value, warned: bool) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let done = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::new();
        for number in 0..WRITERS {
            let object = object(&format!("written-{number}"));
            scene.create(&object)?.success()?;
            let (client, path) = (scene.cluster().client(), scene.path(&object));
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            tasks.push(scene.cluster().runtime().spawn(write(client, path, warned, stop, done)));
        }
        Ok(Self { stop, done, tasks, scene })
    }

    /// Waits until some more writes have been done: only then has the API server met what is new.
    pub(crate) fn go_on(&self) -> Result<()> {
        let target = self.done.load(Ordering::Relaxed) + AFTERWARDS;
        eventually(PATIENCE, || Ok((self.done.load(Ordering::Relaxed) >= target).then_some(())))
            .context("the writers do not get on")
    }

    /// Stops the writers and fails if one of their calls did.
    pub(crate) fn finish(mut self) -> Result<usize> {
        self.stop.store(true, Ordering::Relaxed);
        let mut failures = Vec::new();
        for task in std::mem::take(&mut self.tasks) {
            failures.extend(self.scene.cluster().runtime().block_on(task)?);
        }
        let done = self.done.load(Ordering::Relaxed);
        ensure!(failures.is_empty(), "{} of {done} calls failed, the first: {}", failures.len(), failures[0]);
        Ok(done)
    }
}

impl Drop for Writers<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

async fn write(
    client: kube::Client,
    path: String,
    warned: bool,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
) -> Vec<String> {
    let mut failures = Vec::new();
    for number in 0..WRITES {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let change = json!({"metadata": {"annotations": {"scenario/write": number.to_string()}}});
        let headers = [("Content-Type", "application/merge-patch+json")];
        let answer = api::call(&client, Method::PATCH, &path, Some(change.to_string()), &headers).await;
        match answer.and_then(Answer::success) {
            Ok(answer) if warned && answer.warnings.is_empty() => {
                failures.push("nobody has reviewed it".to_owned());
            }
            Ok(_) => {}
            Err(error) => failures.push(format!("{error:#}")),
        }
        done.fetch_add(1, Ordering::Relaxed);
        sleep(PAUSE).await;
    }
    failures
}
