//! Disks with no room left.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// A disk of so many bytes; none where only root may have one.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Laid over a folder, until it is dropped.
    pub fn at(folder: impl AsRef<Path>, size: &str) -> Option<Self> {
        let options = format!("size={size}");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.as_ref()).output();
        mount.is_ok_and(|output| output.status.success()).then(|| Self(folder.as_ref().to_owned()))
    }

    /// To the last byte. Answers what to remove to make room.
    pub fn fill(&self) -> PathBuf {
        let filler = self.0.join(".filler");
        let mut file = File::create(&filler).unwrap();
        while file.write(&[1; 4096]).is_ok_and(|written| written > 0) {}
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["--lazy".as_ref(), self.0.as_os_str()]).status();
    }
}
