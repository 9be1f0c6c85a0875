//! What a container runs: an image is looked up by its name, there is no registry.

use std::path::PathBuf;

use super::super::seawall;

/// A program in the place of an image.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    /// The program on this machine. In the container it is `/` and its name, which is also the entry point.
    pub(crate) program: PathBuf,
    /// The user whom the image names.
    pub(crate) user: u32,
}

/// Finds an image by its name with tag or digest.
pub(crate) type Images = fn(&str) -> Option<Image>;

/// The program that is tested, for every tag of every image that is called `seawall`.
pub(crate) fn seawall(name: &str) -> Option<Image> {
    let repository = name.split('@').next()?;
    let last = repository.rsplit('/').next()?.split(':').next()?;
    (last == "seawall").then(|| Image { program: seawall::program(), user: 65532 })
}
