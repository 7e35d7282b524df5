//! Every way that values leave the engine, each listed once.

/// A way out. A new one is added here, and the compiler asks how it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Get,
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
    History,
    Log,
    Outbox,
    Csv,
    Workbook,
    ImportErrors,
    Logging,
}

impl Exit {
    pub const ALL: [Exit; 21] = [
        Exit::Get,
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
        Exit::History,
        Exit::Log,
        Exit::Outbox,
        Exit::Csv,
        Exit::Workbook,
        Exit::ImportErrors,
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
