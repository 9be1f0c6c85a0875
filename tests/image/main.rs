//! The container image, built from the Dockerfile and run.
//!
//! No registry is needed: `buildah` builds the final stage around a static binary that is built here, from the
//! files that the Dockerfile's builder would get. Where a tool is missing the tests are reported as ignored, with
//! the reason. `docs/image.md` says what they need.

mod build;
mod container;
mod layers;
mod run;
mod sbom;
mod tools;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use build::{Context, Image};
use tools::Skipped;

/// What the tests share, made when the first of them needs it.
#[derive(Default)]
struct Shared {
    context: OnceLock<Result<Context, Outcome>>,
    image: OnceLock<Result<Image, Outcome>>,
}

/// Why something could not be made, for every test that needs it.
#[derive(Clone)]
enum Outcome {
    Skipped(Skipped),
    Failed(String),
}

impl Shared {
    fn context(&self) -> anyhow::Result<&Context> {
        as_result(self.context.get_or_init(|| Context::take().map_err(Outcome::from)))
    }

    fn image(&self) -> anyhow::Result<&Image> {
        as_result(self.image.get_or_init(|| self.context().and_then(Image::build).map_err(Outcome::from)))
    }
}

impl From<anyhow::Error> for Outcome {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Skipped>() {
            Ok(skipped) => Self::Skipped(skipped),
            Err(error) => Self::Failed(format!("{error:#}")),
        }
    }
}

fn as_result<T>(made: &Result<T, Outcome>) -> anyhow::Result<&T> {
    made.as_ref().map_err(|outcome| match outcome {
        Outcome::Skipped(skipped) => skipped.clone().into(),
        Outcome::Failed(reason) => anyhow::anyhow!("{reason}"),
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let shared = Arc::new(Shared::default());
    let trial = |name: &str, run: fn(&Shared) -> anyhow::Result<()>| {
        let shared = Arc::clone(&shared);
        Trial::ignorable_test(name, move || match run(&shared).map_err(Outcome::from) {
            Ok(()) => Ok(Completion::Completed),
            Err(Outcome::Skipped(reason)) if !tools::is_required() => {
                Ok(Completion::ignored_with(reason.to_string()))
            }
            Err(Outcome::Skipped(reason)) => Err(Failed::from(reason.to_string())),
            Err(Outcome::Failed(reason)) => Err(Failed::from(reason)),
        })
    };
    let trials = vec![
        trial("the_builder_has_the_oldest_supported_rust", |_| layers::builder_has_the_oldest_rust()),
        trial("only_sources_are_sent_to_the_builder", |shared| layers::only_sources(shared.context()?)),
        trial("the_image_has_one_file", |shared| layers::one_file(shared.image()?)),
        trial("the_image_says_how_it_is_run", |shared| layers::configuration(shared.image()?)),
        trial("the_same_inputs_make_the_same_image", |shared| layers::reproducible(shared.image()?)),
        trial("it_tells_its_version", |shared| run::version(shared.image()?)),
        trial("it_serves_without_rights_on_a_read_only_root", |shared| run::serves(shared.image()?)),
        trial("the_bill_of_materials_names_every_crate", |shared| sbom::is_complete(shared.context()?)),
    ];
    let conclusion = libtest_mimic::run(&arguments, trials);
    // The storage of the images goes before the exit code does away with everything else.
    drop(shared);
    conclusion.exit_code()
}
