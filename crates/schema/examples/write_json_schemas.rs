//! Writes the JSON Schemas of the pack files into the folder it is given; `cargo xtask gen` runs it.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| std::io::Error::other("which folder?"))?;
    std::fs::create_dir_all(&folder)?;
    for (name, text) in schema::json_schema::all() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
