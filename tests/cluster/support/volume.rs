//! Files as the kubelet mounts them from a ConfigMap or a Secret: a link to a folder that is swapped as a whole.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use anyhow::Result;

/// A mounted volume.
pub(crate) struct Volume {
    dir: PathBuf,
    revision: u32,
    files: Files,
}

/// The files of a volume by their paths.
pub(crate) type Files = BTreeMap<String, File>;

/// A file in a volume.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) content: Vec<u8>,
    pub(crate) mode: u32,
    /// User and group, where these are not those of the tests.
    pub(crate) owner: (Option<u32>, Option<u32>),
}

impl Volume {
    /// A volume with some files; later revisions have the same names.
    pub(crate) fn new(dir: PathBuf, files: &[(&str, &str)]) -> Result<Self> {
        Self::with_files(dir, plain(files))
    }

    /// The same with all that there is to say about a file.
    pub(crate) fn with_files(dir: PathBuf, files: Files) -> Result<Self> {
        fs::create_dir_all(&dir)?;
        let mut volume = Self { dir, revision: 0, files: Files::new() };
        volume.replace(files)?;
        Ok(volume)
    }

    /// Replaces all files at one instant.
    pub(crate) fn update(&mut self, files: &[(&str, &str)]) -> Result<()> {
        self.replace(plain(files))
    }

    /// Replaces all files at one instant, if something is new about them.
    pub(crate) fn replace(&mut self, files: Files) -> Result<()> {
        if self.files == files && self.revision > 0 {
            return Ok(());
        }
        self.revision += 1;
        let revision = format!("..{}", self.revision);
        fs::create_dir(self.dir.join(&revision))?;
        for (name, file) in &files {
            file.write(&self.dir.join(&revision).join(name))?;
        }
        let next = self.dir.join("..data_tmp");
        symlink(&revision, &next)?;
        fs::rename(next, self.dir.join("..data"))?;
        let before = std::mem::replace(&mut self.files, files);
        for name in top_level(&self.files).filter(|name| !top_level(&before).any(|old| old == *name)) {
            symlink(Path::new("..data").join(name), self.dir.join(name))?;
        }
        for name in top_level(&before).filter(|name| !top_level(&self.files).any(|new| new == *name)) {
            // Two files of one folder have one link, which is gone with the first.
            let _ = fs::remove_file(self.dir.join(name));
        }
        Ok(())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

impl File {
    fn write(&self, path: &Path) -> Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::write(path, &self.content)?;
        fs::set_permissions(path, Permissions::from_mode(self.mode))?;
        let (user, group) = self.owner;
        if user.is_some() || group.is_some() {
            chown(path, user, group)?;
        }
        Ok(())
    }
}

fn plain(files: &[(&str, &str)]) -> Files {
    let file = |content: &str| File { content: content.into(), mode: 0o644, owner: (None, None) };
    files.iter().map(|&(name, content)| (name.to_owned(), file(content))).collect()
}

/// What is directly in the volume, in the order of the files: paths beside each other may begin with one folder.
fn top_level(files: &Files) -> impl Iterator<Item = &str> {
    let mut last = None;
    let first = files.keys().filter_map(|path| path.split('/').next());
    first.filter(move |name| last.replace(*name) != Some(*name))
}
