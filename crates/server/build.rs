//! Watches the built web app, so that a new build of it reaches the binary.
//!
//! The folder is made when it is not there: Cargo can only watch what exists.

fn main() {
    let dist = "../../web/dist";
    if std::fs::create_dir_all(dist).is_ok() {
        println!("cargo:rerun-if-changed={dist}");
    }
}
