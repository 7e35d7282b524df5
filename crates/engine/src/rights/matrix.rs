//! The permission matrix: role × object × action × field, as text that a reviewer can read.

use std::fmt::Write as _;

use schema::Catalogue;
use schema::catalogue::{Access, Action, Grant, Rows};

/// Every action, in the matrix's order.
const ACTIONS: [(Action, &str); 10] = [
    (Action::Read, "read"),
    (Action::Create, "create"),
    (Action::Update, "update"),
    (Action::Delete, "delete"),
    (Action::Reveal, "reveal"),
    (Action::Export, "export"),
    (Action::Import, "import"),
    (Action::Reassign, "reassign"),
    (Action::Share, "share"),
    (Action::Merge, "merge"),
];

/// Prints what every role may do, one line for each grant and each field that differs from the
/// grant's default, in a stable order.
#[must_use]
pub fn print(catalogue: &Catalogue) -> String {
    let mut text =
        String::from("# role | object | actions | rows | default | fields that differ\n");
    for role in catalogue.roles.values() {
        let approved = if role.reveal_approval { " once approved" } else { "" };
        let _ = writeln!(
            text,
            "\n[{}] rights={:?} reveals={}/day{} export={} rows excludes={:?}",
            role.name, role.rights, role.reveal_per_day, approved, role.export_rows, role.excludes
        );
        for grant in &role.grants {
            line(catalogue, grant, &mut text);
        }
    }
    text
}

fn line(catalogue: &Catalogue, grant: &Grant, text: &mut String) {
    let actions: Vec<&str> = ACTIONS
        .iter()
        .filter(|(action, _)| grant.actions.contains(action))
        .map(|(_, name)| *name)
        .collect();
    let rows = rows_text(&grant.rows);
    let when = grant.when.as_ref().map(|when| format!(" when {}", when.source));
    let when = when.unwrap_or_default();
    let fields = catalogue.object(grant.object.as_str()).map(|(_, object)| {
        let differs = |name: &schema::Name| {
            grant.fields.get(name).filter(|access| **access != grant.default_access)
        };
        object
            .fields
            .values()
            .filter_map(|field| {
                let granted = differs(&field.name).copied();
                let shown = field.shown(grant.access(field));
                let note = granted.is_some() || shown != grant.default_access;
                note.then(|| format!("{}={}", field.name, word(shown)))
            })
            .collect::<Vec<_>>()
            .join(" ")
    });
    let _ = writeln!(
        text,
        "{} | {} | {}{} | {} | {}",
        grant.object,
        actions.join(","),
        rows,
        when,
        word(grant.default_access),
        fields.unwrap_or_default()
    );
}

/// Rows as role files say them: a word, or an expression.
pub(crate) fn rows_text(rows: &Rows) -> &str {
    match rows {
        Rows::Own => "own",
        Rows::Team => "team",
        Rows::Unit => "unit",
        Rows::Subtree => "subtree",
        Rows::All => "all",
        Rows::Shared => "shared",
        Rows::Parent => "parent",
        Rows::SharedParent => "shared_parent",
        Rows::When(expr) => &expr.source,
    }
}

fn word(access: Access) -> &'static str {
    match access {
        Access::Hidden => "hidden",
        Access::Masked => "masked",
        Access::Read => "read",
        Access::Write => "write",
    }
}
