//! What a request's answer says of what was done.

use schema::catalogue::Language;

use super::walk::Tallies;
use crate::write::Context;

/// Characters of an outcome.
const MOST: usize = 480;

/// What was erased, what is locked and until when, and what stays in any case.
pub(super) fn outcome(context: &Context<'_>, tallies: &Tallies) -> String {
    let language = context.actor.language;
    let erased: u64 = tallies.values().map(|tally| tally.erased).sum();
    let locked: Vec<String> = tallies
        .iter()
        .filter_map(|(name, tally)| {
            let day = tally.until.filter(|_| tally.locked > 0)?;
            let label = context.catalogue.objects.get(name)?.label.get(language);
            Some(match language {
                Language::Zh => format!("{label} {} 条至 {day}", tally.locked),
                Language::En => format!("{} × {label} until {day}", tally.locked),
            })
        })
        .collect();
    let text = match (language, locked.is_empty()) {
        (Language::Zh, true) => format!("已删除 {erased} 条记录。"),
        (Language::Zh, false) => format!(
            "已删除 {erased} 条记录；依法须保存的已锁定，期满自动删除：{}。",
            locked.join("，")
        ),
        (Language::En, true) => format!("Erased {erased} records."),
        (Language::En, false) => format!(
            "Erased {erased} records; locked, and erased after the day that the law sets: {}.",
            locked.join(", ")
        ),
    };
    let stays = match language {
        Language::Zh => "审计日志按其保存期保留（敏感信息仅存摘要）。",
        Language::En => " The audit log stays for its own time, sensitive values as digests only.",
    };
    let text: String = text.chars().take(MOST - stays.chars().count()).collect();
    text + stays
}
