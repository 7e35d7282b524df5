//! Every way that values leave the engine, each listed once.

use std::collections::BTreeSet;
use std::path::Path;

/// A way out. A new one is added here, and the compiler asks how it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Get,
    Page,
    Timeline,
    List,
    Columns,
    Filter,
    Order,
    Search,
    Created,
    Updated,
    Stale,
    Refused,
    Replayed,
    Shared,
    Revealed,
    Attached,
    Binned,
    Locked,
    History,
    Log,
    Outbox,
    Csv,
    Workbook,
    ImportErrors,
    Measured,
    Duplicates,
    Graph,
    Pairs,
    Merged,
    Logging,
}

impl Exit {
    pub const ALL: [Exit; 30] = [
        Exit::Get,
        Exit::Page,
        Exit::Timeline,
        Exit::List,
        Exit::Columns,
        Exit::Filter,
        Exit::Order,
        Exit::Search,
        Exit::Created,
        Exit::Updated,
        Exit::Stale,
        Exit::Refused,
        Exit::Replayed,
        Exit::Shared,
        Exit::Revealed,
        Exit::Attached,
        Exit::Binned,
        Exit::Locked,
        Exit::History,
        Exit::Log,
        Exit::Outbox,
        Exit::Csv,
        Exit::Workbook,
        Exit::ImportErrors,
        Exit::Measured,
        Exit::Duplicates,
        Exit::Graph,
        Exit::Pairs,
        Exit::Merged,
        Exit::Logging,
    ];

    /// Whoever may read the log reads values below level 3 in it; higher ones are digests there.
    pub fn knows_levels_below_three(self) -> bool {
        self == Exit::Log
    }

    /// Exits that are right when they say nothing at all.
    pub fn may_be_silent(self) -> bool {
        matches!(self, Exit::Filter | Exit::Order | Exit::Search | Exit::Revealed | Exit::Logging)
    }
}

/// Answers of the engine that hold values of records, with the exits they are tried through.
const ANSWERS: [(&str, &[Exit]); 31] = [
    ("get", &[Exit::Get]),
    ("overview", &[Exit::Page]),
    ("timeline", &[Exit::Timeline]),
    ("field_history", &[Exit::Timeline]),
    ("get_permitted", &[Exit::Get]),
    ("bin", &[Exit::Binned]),
    ("locked", &[Exit::Locked]),
    ("query", &[Exit::List, Exit::Columns, Exit::Filter, Exit::Order, Exit::Search]),
    (
        "submit",
        &[
            Exit::Created,
            Exit::Updated,
            Exit::Stale,
            Exit::Refused,
            Exit::Replayed,
            Exit::Shared,
            Exit::Revealed,
        ],
    ),
    ("open_file", &[Exit::Attached]),
    ("file_versions", &[Exit::Attached]),
    ("history", &[Exit::History]),
    ("audit_entries", &[Exit::Log]),
    ("export", &[Exit::Csv, Exit::Workbook]),
    ("export_approved", &[Exit::Csv, Exit::Workbook]),
    ("run_import", &[Exit::ImportErrors]),
    ("import_errors", &[Exit::ImportErrors]),
    ("run_job", &[Exit::ImportErrors]),
    ("measure", &[Exit::Measured]),
    ("measure_parts", &[Exit::Measured]),
    ("duplicates", &[Exit::Duplicates]),
    ("neighbourhood", &[Exit::Graph]),
    ("graph_paths", &[Exit::Graph]),
    ("owners", &[Exit::Graph]),
    ("circles", &[Exit::Graph]),
    ("exposure", &[Exit::Graph]),
    ("duplicate_pairs", &[Exit::Pairs]),
    ("merges", &[Exit::Merged]),
    ("merges_of", &[Exit::Merged]),
    ("owner_history", &[Exit::History]),
    ("preview_division", &[Exit::List]),
];

/// Answers without a value of a record: about definitions, sign-in, keys, jobs, files that the
/// caller brought, or numbers only (those of bulk work come through the plan of any query), or for
/// the platform alone (a banding at once).
const OTHERS: &str = "accept_login account account_by_login account_of actor add_file admit_users \
    analyse_import answer_approval answer_request answer_share_request api_key api_keys approvals audit_checkpoint begin_totp cancel_job change_password \
    confirm_totp create_api_key definitions dismiss_pair edit_draft end_session end_sessions follow import \
    import_progress imports job jobs key_actor key_usage load load_published measures open own_file prepare_import \
     preview_bulk preview_handover preview_move propose propose_packs propose_rollback prove_audit publish publishes queue_bandings queue_daily queue_empty_bin queue_sets react \
     refuse_login remove_totp request_export request_reveal request_share require_password_change retry_job revoke_api_key rotate_keys run_banding_now samples seal_audit session \
     sessions set_password share_requests sight start_banding start_bulk start_duplicate_scan start_handover start_import start_load_samples start_measure_check start_remove_samples touch_api_key touch_session unlock upload \
    verify_audit withdraw_approval";

/// Names of the engine's own public functions that answer a caller.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            functions(&entry.path(), names);
            continue;
        }
        let mut inside = false;
        // A function that answers with a boxed future says so where its head ends.
        let mut boxed = None;
        for line in std::fs::read_to_string(entry.path()).unwrap().lines() {
            inside = (inside || line == "impl Engine {") && !line.starts_with('}');
            let called = |head: &str| {
                let rest = line.strip_prefix(head).filter(|_| inside)?;
                rest.split(['(', '<']).next().map(str::to_owned)
            };
            names.extend(called("    pub async fn "));
            boxed = called("    pub fn ").or(boxed);
            if line.contains("-> Boxed<") {
                names.extend(boxed.take());
            } else if line.ends_with('{') {
                boxed = None;
            }
        }
    }
}

#[test]
fn every_answer_of_the_engine_is_a_known_exit_or_holds_no_value() {
    let mut found = BTreeSet::new();
    functions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let answers = ANSWERS.iter().map(|(name, _)| *name);
    let known = answers.chain(OTHERS.split_whitespace()).map(str::to_owned).collect();
    assert_eq!(found, known, "a new function is listed here, and tried if it answers with values");
    let tried: Vec<Exit> = ANSWERS.iter().flat_map(|(_, exits)| exits.iter().copied()).collect();
    let beside = [Exit::Outbox, Exit::Logging];
    for exit in Exit::ALL {
        assert!(tried.contains(&exit) || beside.contains(&exit), "{exit:?} belongs to no answer");
    }
}
