//! Every business case of the shipped packs, on the real engine.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use schema::pack::PackTest;

use crate::bed::{self, Bed};

/// How many cases run side by side.
const HANDS: usize = 2;

/// Part of a case's path: only those are run.
const ONLY: &str = "JINYAO_CASE";

#[test]
fn every_case_of_the_packs_holds() {
    let only = std::env::var(ONLY).unwrap_or_default();
    let cases: Vec<_> =
        bed::packs().tests.iter().filter(|case| case.file.contains(&only)).collect();
    let failures = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..HANDS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    bed::each(|bed| holds(bed, case, &failures));
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(!cases.is_empty(), "the packs have cases");
    let (failed, count) = (failures.len(), cases.len());
    assert!(failures.is_empty(), "{failed} of {count} failed:\n{}", failures.join("\n"));
}

async fn holds(bed: Bed, case: &PackTest, failures: &Mutex<Vec<String>>) {
    if let Some(today) = case.today {
        bed.clock.set(kernel::time::start_of_day(today));
    }
    if let Err(why) = engine::cases::run(&bed.engine, case).await {
        failures.lock().unwrap().push(why);
    }
}
