//! What a fresh Debian machine lacks: installed for root, named for everyone else.

use std::process::Command;

use crate::{Result, program};

/// Whether the caller is root.
pub fn is_root() -> Result<bool> {
    Ok(program::read(Command::new("id").arg("-u"))?.trim() == "0")
}

/// Installs a package, or says how to.
pub fn install(package: &str) -> Result<()> {
    if !is_root()? {
        return Err(format!("install it first, on Debian: apt-get install {package}").into());
    }
    println!("installing Debian's package {package}");
    for args in [&["update"][..], &["install", "--yes", "--no-install-recommends", package]] {
        let mut apt = Command::new("apt-get");
        program::read(apt.args(args).env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    Ok(())
}
