//! One field: its type and attributes from a file, and the rules between them.

use kernel::{Currency, Mask};

use crate::Name;
use crate::expr::AggregateFn;
use crate::field::{CurrencySource, Field, FieldType, Hop, OnDelete, Reach, SearchKind, Storage};

use super::build::Build;
use super::expressions::placeholder;
use super::problem::{Said, say};
use super::reader::Reader;
use super::structure::Source;

const TEXT_MAX: i64 = 200;
const LONG_TEXT_MAX: i64 = 10_000;
const FILE_MAX: i64 = 50 << 20;

impl<'a> Build<'a> {
    /// Reads a field. References to other definitions are checked when all are known.
    pub(crate) fn field(
        &mut self,
        source: &'a Source,
        name: &Name,
        table: &Reader<'a>,
    ) -> Option<Field> {
        let kind = self.kind(source, table)?;
        let level = table.integer("level").and_then(|level| u8::try_from(level).ok()).unwrap_or(2);
        let sealable = is_sealable(&kind);
        let encrypted = table.flag("encrypted").unwrap_or(level >= 4 && sealable);
        let computed = matches!(
            kind,
            FieldType::Formula { .. } | FieldType::RollUp { .. } | FieldType::AutoNumber { .. }
        );
        let derived = table.flag("derived").unwrap_or(false);
        let field = Field {
            name: name.clone(),
            pack: self.pack_of(source)?,
            label: table.label("label").unwrap_or_default(),
            help: table.label("help"),
            mask: table
                .text("mask")
                .and_then(Mask::parse)
                .or_else(|| (level >= 3).then(|| default_mask(&kind)).flatten()),
            kind,
            required: table.flag("required").unwrap_or(false),
            unique: table.flag("unique").unwrap_or(false),
            default: None,
            level,
            encrypted,
            indexed: table.flag("indexed").unwrap_or(false),
            search: table.text("search").and_then(|word| match word {
                "name" => Some(SearchKind::Name),
                "text" => Some(SearchKind::Text),
                "tail" => Some(SearchKind::Tail),
                "exact" => Some(SearchKind::Exact),
                _ => None,
            }),
            history: table.flag("history").unwrap_or(false),
            aliases: table.texts("aliases").into_iter().map(|(t, _)| t.to_owned()).collect(),
            read_only: table.flag("read_only").unwrap_or(false) || computed || derived,
            retired: table.flag("retired").unwrap_or(false),
        };
        self.attributes(source, table, &field);
        Some(field)
    }

    fn kind(&mut self, source: &'a Source, table: &Reader<'a>) -> Option<FieldType> {
        let word = table.text("type")?;
        let min = table.decimal("min");
        let max = table.decimal("max");
        let scale = |default: u8| {
            table.integer("scale").and_then(|scale| u8::try_from(scale).ok()).unwrap_or(default)
        };
        let ordered = !matches!(word, "text" | "long_text");
        if let (true, Some(min), Some(max)) = (ordered, min, max)
            && min > max
        {
            let message = say("`min` is greater than `max`", "`min` 大于 `max`");
            self.problem((source, table.at("min")), "range", message, Said::none());
        }
        Some(match word {
            "text" => FieldType::Text { max: self.length(source, table, TEXT_MAX, 2_000) },
            "long_text" => {
                FieldType::LongText { max: self.length(source, table, LONG_TEXT_MAX, 100_000) }
            }
            "number" => FieldType::Number { scale: scale(0), min, max },
            "percent" => FieldType::Percent { scale: scale(6), min, max },
            "money" => {
                let currency = self.currency(source, table);
                FieldType::Money { scale: scale(2), currency, min, max }
            }
            "date" => FieldType::Date,
            "date_time" => FieldType::DateTime,
            "boolean" => FieldType::Boolean,
            "select" => FieldType::Select { options: table.name("options")? },
            "multi_select" => FieldType::MultiSelect { options: table.name("options")? },
            "cascade" => FieldType::Cascade { options: table.name("options")? },
            "reference" => FieldType::Reference {
                to: self.targets(source, table),
                on_delete: match table.text("on_delete") {
                    Some("clear") => OnDelete::Clear,
                    Some("cascade") => OnDelete::Cascade,
                    _ => OnDelete::Restrict,
                },
            },
            "many_to_many" => {
                FieldType::ManyToMany { to: self.targets(source, table).into_iter().next()? }
            }
            "child_table" => {
                FieldType::ChildTable { object: table.name("object")?, by: table.name("by")? }
            }
            "user" => FieldType::User,
            "org_unit" => FieldType::OrgUnit,
            "auto_number" => FieldType::AutoNumber {
                prefix: table.text("prefix").unwrap_or_default().to_owned(),
                digits: table.integer("digits").and_then(|n| u8::try_from(n).ok()).unwrap_or(8),
            },
            "formula" => FieldType::Formula { expr: placeholder() },
            "roll_up" => self.roll_up(table)?,
            "file" => {
                let bytes = table.integer("max_bytes").unwrap_or(FILE_MAX);
                let max_bytes = u64::try_from(bytes).unwrap_or(0);
                FieldType::File { max_bytes, versions: table.flag("versions").unwrap_or(false) }
            }
            "phone" => FieldType::Phone,
            "email" => FieldType::Email,
            "url" => FieldType::Url,
            "resident_id" => FieldType::ResidentId,
            "credit_code" => FieldType::CreditCode,
            "bank_card" => FieldType::BankCard,
            "address" => FieldType::Address,
            "tags" => FieldType::Tags,
            _ => return None,
        })
    }

    fn length(&mut self, source: &Source, table: &Reader<'_>, default: i64, most: i64) -> u32 {
        let wanted = match table.entries.get("max") {
            Some(_) => table.integer("max").unwrap_or(0),
            None => default,
        };
        if !(1..=most).contains(&wanted) {
            let message = say(
                format!("`max` must be a whole number from 1 to {most}"),
                format!("`max` 须为 1 到 {most} 的整数"),
            );
            self.problem((source, table.at("max")), "range", message, Said::none());
        }
        u32::try_from(wanted).unwrap_or(1)
    }

    fn currency(&mut self, source: &Source, table: &Reader<'_>) -> CurrencySource {
        match (table.text("currency"), table.name("currency_field")) {
            (Some(_), Some(_)) => {
                let message = say(
                    "an amount has either `currency` or `currency_field`",
                    "`currency` 与 `currency_field` 只能有一个",
                );
                let at = table.at("currency");
                self.problem((source, at), "currency", message, say("remove one", "请去掉一个"));
                CurrencySource::Fixed(Currency::CNY)
            }
            (None, Some(field)) => CurrencySource::Field(field),
            (None, None) => CurrencySource::Fixed(Currency::CNY),
            (Some(code), None) => {
                CurrencySource::Fixed(Currency::parse(code).unwrap_or_else(|_| {
                    let message = say(
                        format!("`{code}` is not a currency code"),
                        format!("`{code}` 不是币种代码"),
                    );
                    let remedy =
                        say("write an ISO 4217 code such as CNY", "请用 ISO 4217 代码，如 CNY");
                    self.problem((source, table.at("currency")), "currency", message, remedy);
                    Currency::CNY
                }))
            }
        }
    }

    /// Objects named by `to`; `*` is every object. Unknown names are reported.
    fn targets(&mut self, source: &'a Source, table: &Reader<'a>) -> Vec<Name> {
        let mut to: Vec<Name> = Vec::new();
        for (text, at) in table.texts("to") {
            if text == "*" {
                to.extend(self.catalogue.objects.keys().cloned());
            } else if let Some((_, object)) = self.catalogue.object(text) {
                to.push(object.name.clone());
            } else {
                self.unknown_object(source, at, text);
            }
        }
        let mut seen: Vec<Name> = Vec::new();
        to.retain(|name| {
            let new = !seen.contains(name);
            seen.push(name.clone());
            new
        });
        to
    }

    fn roll_up(&self, table: &Reader<'a>) -> Option<FieldType> {
        Some(FieldType::RollUp {
            object: table.name("object")?,
            by: table.name("by")?,
            function: match table.text("function")? {
                "count" => AggregateFn::Count,
                "count_distinct" => AggregateFn::CountDistinct,
                "sum" => AggregateFn::Sum,
                "min" => AggregateFn::Min,
                "max" => AggregateFn::Max,
                "avg" => AggregateFn::Avg,
                _ => return None,
            },
            value: table.name("value"),
            filter: None,
            reach: table.table("through").and_then(|through| {
                let way = |key: &str| table.table(key).and_then(|table| hop(&table));
                let (then, also) = (way("then"), way("also"));
                Some(Box::new(Reach { through: hop(&through)?, then, also }))
            }),
        })
    }

    /// The rules between a field's type and its attributes.
    fn attributes(&mut self, source: &'a Source, table: &Reader<'a>, field: &Field) {
        let kind = table.text("type").unwrap_or_default();
        let mut refuse = |key: &str, code: &'static str, en: &str, zh: &str, remedy: Said| {
            let message = say(format!("`{key}`: {en}"), format!("`{key}`：{zh}"));
            self.problem((source, table.at(key)), code, message, remedy);
        };
        let remove = || say("remove it", "请去掉");
        let storage = field.storage();
        if storage == Storage::Virtual {
            for key in ["required", "unique", "indexed", "default", "search", "encrypted"] {
                if table.entries.contains_key(key) && table.flag(key) != Some(false) {
                    let en = format!("a field of type `{kind}` is computed and cannot have it");
                    let zh = format!("类型为 `{kind}` 的字段是计算出来的，不能设置");
                    refuse(key, "virtual_field", &en, &zh, remove());
                }
            }
            return;
        }
        let list = matches!(storage, Storage::Texts | Storage::Uuids);
        if list && field.unique {
            refuse("unique", "unique_list", "a list cannot be unique", "列表不能唯一", remove());
        }
        if list && field.indexed {
            refuse(
                "indexed",
                "indexed_list",
                "lists are always indexed",
                "列表本就有索引",
                remove(),
            );
        }
        let sealable = is_sealable(&field.kind);
        if table.flag("encrypted") == Some(true) && !sealable {
            let remedy = say("use a text type", "请改用文本类型");
            refuse(
                "encrypted",
                "encrypted_type",
                "only texts are encrypted",
                "只有文本可加密",
                remedy,
            );
        }
        let clear = !sealable && !matches!(field.kind, FieldType::File { .. });
        if field.level >= 4 && clear && table.flag("encrypted").is_none() {
            let remedy = say(
                "use a text type, a lower level, or write `encrypted = false` to accept plain storage",
                "请改用文本类型、降低级别，或写明 `encrypted = false` 表示接受明文存储",
            );
            let en = "this type cannot be encrypted, which level 4 asks for";
            refuse("level", "level_not_encrypted", en, "4级要求加密，而该类型不能加密", remedy);
        }
        if field.encrypted && matches!(field.search, Some(SearchKind::Name | SearchKind::Text)) {
            let remedy = say("use `tail` or `exact`", "请用 `tail` 或 `exact`");
            let en = "an encrypted field is found by its whole or its tail only";
            refuse("search", "search_encrypted", en, "加密字段只能按全文或尾号查找", remedy);
        }
        if field.encrypted && field.indexed {
            let en = "an encrypted field has its blind index already";
            refuse("indexed", "indexed_encrypted", en, "加密字段已有盲索引", remove());
        }
        if field.search.is_some() && !matches!(storage, Storage::Text | Storage::Sealed) {
            refuse("search", "search_type", "only texts are searched", "只有文本可搜索", remove());
        }
        if field.required && field.kind_clears() {
            let remedy = say("use `restrict` or `cascade`", "请用 `restrict` 或 `cascade`");
            let en = "a required reference cannot be cleared";
            refuse("on_delete", "clear_required", en, "必填引用不能清空", remedy);
        }
    }
}

fn hop(table: &Reader<'_>) -> Option<Hop> {
    let (object, by) = (table.name("object")?, table.name("by")?);
    Some(Hop { object, by, to: table.name("to"), filter: None })
}

impl Field {
    fn kind_clears(&self) -> bool {
        matches!(self.kind, FieldType::Reference { on_delete: OnDelete::Clear, .. })
    }
}

/// Types whose stored form is a text that can be encrypted.
fn is_sealable(kind: &FieldType) -> bool {
    matches!(
        kind,
        FieldType::Text { .. }
            | FieldType::LongText { .. }
            | FieldType::Phone
            | FieldType::Email
            | FieldType::Url
            | FieldType::ResidentId
            | FieldType::CreditCode
            | FieldType::BankCard
            | FieldType::Address
    )
}

/// The usual mask of a type from level 3.
fn default_mask(kind: &FieldType) -> Option<Mask> {
    match kind {
        FieldType::Phone => Some(Mask::Mobile),
        FieldType::Email => Some(Mask::Email),
        FieldType::ResidentId => Some(Mask::ResidentId),
        FieldType::BankCard => Some(Mask::Tail4),
        FieldType::Address => Some(Mask::Address),
        _ if is_sealable(kind) => Some(Mask::All),
        _ => None,
    }
}
