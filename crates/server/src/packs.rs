//! The packs that come with the product, inside the binary, and packs from folders.

use std::path::Path;

use rust_embed::RustEmbed;
use schema::pack::PackFiles;

/// Every file under `packs/` at the time of the build.
#[derive(RustEmbed)]
#[folder = "../../packs"]
#[include = "*.toml"]
struct Embedded;

/// Packs installed on an empty database.
pub const FIRST: [&str; 2] = ["core", "bank"];

/// The packs inside the binary.
#[must_use]
pub fn embedded() -> Vec<PackFiles> {
    let files = Embedded::iter().filter_map(|path| {
        let data = Embedded::get(&path)?.data;
        Some((path.into_owned(), String::from_utf8(data.into_owned()).ok()?))
    });
    PackFiles::split(files.collect::<Vec<_>>())
}

/// Those of the embedded packs that a first start installs.
#[must_use]
pub fn first() -> Vec<PackFiles> {
    embedded().into_iter().filter(|pack| FIRST.contains(&pack.name.as_str())).collect()
}

/// Most bytes of one pack file.
const FILE_BYTES: u64 = 1 << 20;

/// Most files of one pack.
const FILES: usize = 10_000;

/// Reads the pack in `folder`, which is named after it.
///
/// # Errors
/// When it cannot be read, is no pack or is unreasonably large.
pub fn read(folder: &Path) -> Result<PackFiles, String> {
    let shown = folder.display();
    let name = folder
        .canonicalize()
        .map_err(|error| format!("{shown}: {error}"))?
        .file_name()
        .and_then(|name| name.to_str().map(str::to_owned))
        .ok_or_else(|| format!("{shown} has no name"))?;
    if !folder.join("pack.toml").is_file() {
        return Err(format!("{shown} is no pack: it holds no pack.toml"));
    }
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    Ok(PackFiles::new(&name, files))
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        let data = entry.metadata().map_err(failed)?;
        if data.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else if name.ends_with(".toml") {
            if data.len() > FILE_BYTES || files.len() >= FILES {
                return Err(format!("{path} is too large, or the pack has too many files"));
            }
            let text = std::fs::read_to_string(entry.path());
            files.push((path.clone(), text.map_err(|error| format!("{path}: {error}"))?));
        }
    }
    Ok(())
}

/// Writes a pack's files below `to/<name>`, which must not exist.
///
/// # Errors
/// When it exists or cannot be written.
pub fn write(pack: &PackFiles, to: &Path) -> Result<(), String> {
    let folder = to.join(&pack.name);
    if folder.exists() {
        return Err(format!("{} exists already", folder.display()));
    }
    for (path, text) in &pack.files {
        let file = folder.join(path);
        let failed = |error: std::io::Error| format!("{}: {error}", file.display());
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(&file, text).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_packs_are_inside_the_binary() {
        let names: Vec<String> = first().into_iter().map(|pack| pack.name).collect();
        assert_eq!(names, ["bank", "core"]);
    }
}
