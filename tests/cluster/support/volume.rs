//! Files as the kubelet mounts them from a ConfigMap or a Secret: a link to a folder that is swapped as a whole.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// A mounted volume.
pub(crate) struct Volume {
    dir: PathBuf,
    revision: u32,
}

impl Volume {
    /// A volume with some files; later revisions have the same names.
    pub(crate) fn new(dir: PathBuf, files: &[(&str, &str)]) -> Result<Self> {
        fs::create_dir_all(&dir)?;
        let mut volume = Self { dir, revision: 0 };
        volume.update(files)?;
        for (name, _) in files {
            symlink(Path::new("..data").join(name), volume.dir.join(name))?;
        }
        Ok(volume)
    }

    /// Replaces all files at one instant.
    pub(crate) fn update(&mut self, files: &[(&str, &str)]) -> Result<()> {
        self.revision += 1;
        let revision = format!("..{}", self.revision);
        fs::create_dir(self.dir.join(&revision))?;
        for (name, content) in files {
            fs::write(self.dir.join(&revision).join(name), content)?;
        }
        let next = self.dir.join("..data_tmp");
        symlink(&revision, &next)?;
        fs::rename(next, self.dir.join("..data"))?;
        Ok(())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}
