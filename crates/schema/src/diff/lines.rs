//! Changes as sentences.

use crate::Name;
use crate::catalogue::Language;

use super::{Change, Diff, Effect, Kind, Touch};

impl Diff {
    /// One line for each change.
    #[must_use]
    pub fn lines(&self, language: Language) -> Vec<String> {
        self.changes.iter().map(|change| change.line(language)).collect()
    }
}

impl Change {
    /// The change as a sentence.
    #[must_use]
    pub fn line(&self, language: Language) -> String {
        let (zh, en) = self.both();
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn both(&self) -> (String, String) {
        match self {
            Change::Pack { pack, from, to } => moved(pack, from.as_deref(), to.as_deref()),
            Change::ObjectAdded { object } => {
                (format!("新增对象 {object}"), format!("add object {object}"))
            }
            Change::ObjectRetired { object } => {
                (format!("停用对象 {object}"), format!("retire object {object}"))
            }
            Change::ObjectRestored { object } => {
                (format!("恢复对象 {object}"), format!("restore object {object}"))
            }
            Change::ObjectChanged { object, parts } => {
                let parts = parts.join(", ");
                (format!("修改对象 {object}：{parts}"), format!("change object {object}: {parts}"))
            }
            Change::FieldAdded { object, field, label, gap } => {
                let (zh, en) = match gap {
                    true => (
                        "（必填且无默认值，旧记录在下次修改时须补填）",
                        ", required: old records need it when next changed",
                    ),
                    false => ("", ""),
                };
                (
                    format!("新增字段“{}”{object}.{field}{zh}", label.zh),
                    format!("add field \"{}\" {object}.{field}{en}", label.en),
                )
            }
            Change::FieldRetired { object, field } => {
                (format!("停用字段 {object}.{field}"), format!("retire field {object}.{field}"))
            }
            Change::FieldRestored { object, field } => {
                (format!("恢复字段 {object}.{field}"), format!("restore field {object}.{field}"))
            }
            Change::FieldChanged { object, field, effect, parts, refusal } => {
                let (zh, en) = effect.both();
                let parts = parts.join(", ");
                let mut zh = format!("修改字段 {object}.{field}：{parts}（{zh}）");
                let mut en = format!("change field {object}.{field}: {parts} ({en})");
                if let Some(refusal) = refusal {
                    zh.push_str(&format!("：{}；{}", refusal.message.zh, refusal.remedy.zh));
                    en.push_str(&format!(": {}; {}", refusal.message.en, refusal.remedy.en));
                }
                (zh, en)
            }
            Change::Key { object, name, unique, kind } => {
                let (verb_zh, verb_en) = kind.both();
                let (zh, en) = match unique {
                    true => ("唯一约束", "unique constraint"),
                    false => ("索引", "index"),
                };
                (
                    format!("{verb_zh}{zh} {object}.{name}"),
                    format!("{verb_en} {en} {object}.{name}"),
                )
            }
            Change::Definition { kind, name, touch, parts } => touched(*kind, name, *touch, parts),
        }
    }
}

/// A pack came, left or moved to another version.
fn moved(pack: &Name, from: Option<&str>, to: Option<&str>) -> (String, String) {
    match (from, to) {
        (None, Some(to)) => (format!("新增包 {pack} {to}"), format!("add pack {pack} {to}")),
        (Some(from), None) => {
            (format!("移除包 {pack} {from}"), format!("remove pack {pack} {from}"))
        }
        (from, to) => {
            let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
            let zh = format!("包 {pack} 由 {from} 升级为 {to}");
            (zh, format!("move pack {pack} from {from} to {to}"))
        }
    }
}

/// A definition came, left or differs; the first parts of many are named.
fn touched(kind: Kind, name: &Name, touch: Touch, parts: &[String]) -> (String, String) {
    let (verb_zh, verb_en) = touch.both();
    let (zh, en) = kind.both();
    let (mut zh, mut en) = (format!("{verb_zh}{zh} {name}"), format!("{verb_en} {en} {name}"));
    if !parts.is_empty() {
        let shown: Vec<&str> = parts.iter().take(10).map(String::as_str).collect();
        let more = if parts.len() > 10 { ", …" } else { "" };
        let list = shown.join(", ") + more;
        zh.push_str(&format!("：{list}"));
        en.push_str(&format!(": {list}"));
    }
    (zh, en)
}

impl Touch {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Touch::Added => ("新增", "add"),
            Touch::Changed => ("修改", "change"),
            Touch::Removed => ("移除", "remove"),
        }
    }
}

impl Kind {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Kind::Options => ("选项集", "option set"),
            Kind::Role => ("角色", "role"),
            Kind::View => ("视图", "view"),
            Kind::Layout => ("布局", "layout"),
            Kind::Purpose => ("用途", "purpose"),
            Kind::Quality => ("完整度清单", "completeness list"),
            Kind::Parameter => ("参数", "parameter"),
            Kind::Measure => ("指标", "measure"),
            Kind::Banding => ("分档", "banding"),
            Kind::Match => ("查重规则", "match rule"),
        }
    }
}

impl Effect {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Effect::Words => ("不影响数据", "data untouched"),
            Effect::Widened => ("放宽", "widened"),
            Effect::Narrowed => ("收紧，旧值可能不合规", "narrowed: old values may not fit"),
            Effect::Reindex => ("须重建索引", "index rebuilt"),
            Effect::Rewrite => ("须重写数据", "values rewritten"),
            Effect::Incompatible => ("不能发布", "refused"),
        }
    }
}
