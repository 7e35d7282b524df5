//! The virus scanner that an institution configures: a command that reads a file and says whether it
//! is clean.
//!
//! The command gets the content on its standard input, or, where one of its words is `{file}`, the
//! path of a copy that is removed afterwards. It ends with 0 for a clean file and 1 for an infected
//! one, as `clamdscan` does; anything else means that it could not tell. What it prints first is kept.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::files::Scanner;
use kernel::{IdSource, Instant};
use store::blobs::{Reader, Verdict};
use tokio::sync::mpsc;

/// How long a command may take for one file.
const PATIENCE: Duration = Duration::from_secs(300);

/// Bytes of what it prints that are looked at.
const PRINTED: u64 = 4096;

/// What stands for the file's path.
const PLACE: &str = "{file}";

/// A scanner that runs `command`, split at spaces; copies for it lie in `folder`.
#[must_use]
pub fn scanner(command: &str, folder: PathBuf, ids: Arc<dyn IdSource>) -> Scanner {
    let words: Arc<[String]> = command.split_whitespace().map(str::to_owned).collect();
    Arc::new(move |reader| {
        let (words, ids) = (words.clone(), ids.clone());
        let copy = words.iter().any(|word| word.contains(PLACE));
        let copy = copy.then(|| folder.join(format!("scan-{}", ids.next(Instant::UNIX_EPOCH))));
        Box::pin(async move { judge(&words, copy, reader).await })
    })
}

async fn judge(
    words: &[String],
    copy: Option<PathBuf>,
    mut reader: Reader,
) -> Result<(Verdict, String), String> {
    let copied = copy.map(Copy);
    let (sender, parts) = mpsc::channel(2);
    let child = Arc::new(Mutex::new(None));
    let work = {
        let (words, child) = (words.to_vec(), child.clone());
        let path = copied.as_ref().map(|copy| copy.0.clone());
        tokio::task::spawn_blocking(move || run(&words, path.as_deref(), parts, &child))
    };
    let told = async {
        while let Some(part) = reader.next().await.map_err(|error| error.to_string())? {
            // A command that has seen enough closes its input.
            if sender.send(part).await.is_err() {
                break;
            }
        }
        drop(sender);
        work.await.map_err(|error| error.to_string())?
    };
    let told = tokio::time::timeout(PATIENCE, told).await;
    let told = told.unwrap_or_else(|_| {
        if let Some(child) = child.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            let child: &mut Child = child;
            child.kill().map_err(|error| error.to_string())?;
        }
        Err(format!("it took more than {} seconds", PATIENCE.as_secs()))
    });
    drop(copied);
    told
}

/// Removes the copy of a file at the end.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "a copy for the virus scanner could not be removed");
            }
            _ => {}
        }
    }
}

/// Runs the command on what comes in; `running` holds it while it may have to be ended.
fn run(
    words: &[String],
    copy: Option<&Path>,
    mut parts: mpsc::Receiver<Vec<u8>>,
    running: &Mutex<Option<Child>>,
) -> Result<(Verdict, String), String> {
    let failed = |error: std::io::Error| error.to_string();
    if let Some(path) = copy {
        let mut file = private(path).map_err(failed)?;
        while let Some(part) = parts.blocking_recv() {
            file.write_all(&part).map_err(failed)?;
        }
    }
    let path = copy.map(|path| path.display().to_string()).unwrap_or_default();
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    let mut child = Command::new(program)
        .args(arguments.iter().map(|word| word.replace(PLACE, &path)))
        .stdin(if copy.is_some() { Stdio::null() } else { Stdio::piped() })
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    *running.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
    if let Some(mut input) = input {
        while let Some(part) = parts.blocking_recv() {
            // A command may answer before it has read everything.
            if input.write_all(&part).is_err() {
                break;
            }
        }
    }
    drop(parts);
    let mut printed = Vec::new();
    if let Some(mut output) = output {
        output.by_ref().take(PRINTED).read_to_end(&mut printed).map_err(failed)?;
        std::io::copy(&mut output, &mut std::io::sink()).map_err(failed)?;
    }
    let child = running.lock().unwrap_or_else(PoisonError::into_inner).take();
    let ended = child.ok_or("it was ended")?.wait().map_err(failed)?;
    let printed = String::from_utf8_lossy(&printed);
    let note = printed.lines().next().unwrap_or_default();
    let note = if path.is_empty() { note.to_owned() } else { note.replace(&path, "file") };
    match ended.code() {
        Some(0) => Ok((Verdict::Clean, note)),
        Some(1) => Ok((Verdict::Infected, note)),
        _ => Err(format!("{program} ended with {ended}: {note}")),
    }
}

/// A new file that only this user reads.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
