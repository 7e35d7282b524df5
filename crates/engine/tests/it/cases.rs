//! Every business case of the shipped packs, on the real engine.

use crate::bed;

/// Part of a case's path: only those are run.
const ONLY: &str = "JINYAO_CASE";

#[test]
fn every_case_of_the_packs_holds() {
    let mut failures = Vec::new();
    let only = std::env::var(ONLY).unwrap_or_default();
    for case in bed::packs().tests.iter().filter(|case| case.file.contains(&only)) {
        let failed = std::sync::Mutex::new(Vec::new());
        bed::each(|bed| {
            let failed = &failed;
            async move {
                if let Some(today) = case.today {
                    bed.clock.set(kernel::time::start_of_day(today));
                }
                if let Err(why) = engine::cases::run(&bed.engine, case).await {
                    failed.lock().unwrap().push(why);
                }
            }
        });
        failures.extend(failed.into_inner().unwrap());
    }
    let count = bed::packs().tests.len();
    assert!(count > 0, "the packs have cases");
    assert!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), failures.join("\n"));
}
