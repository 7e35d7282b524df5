//! The permission matrix of the shipped packs, committed as text so that a change shows in review.

use std::path::Path;

use crate::bed;

/// Set to anything, it writes the file anew instead of comparing.
const REWRITE: &str = "JINYAO_REWRITE";

#[test]
fn the_permission_matrix_is_the_one_committed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/matrix.txt");
    let now = engine::rights::matrix::print(&bed::packs().catalogue);
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&file, &now).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = committed.lines().zip(now.lines()).find(|(old, new)| old != new);
    assert!(
        committed == now,
        "the packs' rights differ from docs/matrix.txt, first at {differs:?}; \
         run with {REWRITE}=1 and read the difference",
    );
}
