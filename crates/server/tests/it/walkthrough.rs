//! The README's walkthrough, as it stands in `samples/walkthrough.sh`.

use std::path::Path;
use std::process::Command;

#[test]
fn the_walkthrough_works_as_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::temp_dir().join(format!("jinyao-walk-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let done = Command::new("bash")
        .arg(root.join("samples/walkthrough.sh"))
        .current_dir(&root)
        .env("JINYAO", env!("CARGO_BIN_EXE_jinyao"))
        .env("WORK", &folder)
        .env("PORT", free.to_string())
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{complained}");
    for line in
        ["\"created\":988", "412", "0 problems", "*", "家庭与集团全景", "Corporate customer 360"]
    {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
