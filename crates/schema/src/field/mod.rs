//! Fields: a type each, and attributes that hold for every type.

mod choice;
mod codec;
mod date;
mod flaw;
mod identifier;
mod number;
mod reference;
#[cfg(test)]
mod tests;
mod text;

pub use codec::{Context, DateOrder, TextOptions};
pub use flaw::{Flaw, codes, sentence};

use kernel::{Decimal, Mask};

use crate::Name;
use crate::catalogue::{Access, Label};
use crate::expr::{AggregateFn, Expr};

/// An attribute of an object.
#[derive(Debug, Clone)]
pub struct Field {
    /// API and column name.
    pub name: Name,
    /// Pack that defines it.
    pub pack: Name,
    /// Shown name.
    pub label: Label,
    /// One sentence of help, if any.
    pub help: Option<Label>,
    /// What it holds.
    pub kind: FieldType,
    /// May not be empty.
    pub required: bool,
    /// No two records of the object share a value.
    pub unique: bool,
    /// Value when a create leaves it out.
    pub default: Option<Expr>,
    /// Data level 1..=5 (JR/T 0197): 3 is masked unless granted clear, 4 is masked until revealed,
    /// 5 is never shown.
    pub level: u8,
    /// Stored as ciphertext; only equality and last-four search work.
    pub encrypted: bool,
    /// How it is partly shown.
    pub mask: Option<Mask>,
    /// Has an index of its own.
    pub indexed: bool,
    /// How search finds it.
    pub search: Option<SearchKind>,
    /// Changes are kept for field history (they are always in the audit log).
    pub history: bool,
    /// Other header texts an import recognizes.
    pub aliases: Vec<String>,
    /// Computed by the platform; no caller may write it.
    pub read_only: bool,
    /// Hidden from use but kept (retired by a publish).
    pub retired: bool,
}

/// How a field's value becomes search tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// Chinese unigrams and bigrams, pinyin and initials.
    Name,
    /// Unigrams and bigrams, words.
    Text,
    /// The whole and the last four characters (keyed when encrypted).
    Tail,
    /// The whole only (keyed when encrypted).
    Exact,
}

/// What a field holds. Adding one means: a variant here, and what the compiler then asks for.
#[derive(Debug, Clone)]
pub enum FieldType {
    /// One line.
    Text {
        /// Most characters.
        max: u32,
    },
    /// Several lines.
    LongText {
        /// Most characters.
        max: u32,
    },
    /// An exact number.
    Number {
        /// Digits after the point, 0..=9; stored as a 64-bit integer of that scale.
        scale: u8,
        /// Least value.
        min: Option<Decimal>,
        /// Greatest value.
        max: Option<Decimal>,
    },
    /// An amount.
    Money {
        /// Digits after the point.
        scale: u8,
        /// Where the currency comes from.
        currency: CurrencySource,
        /// Least value.
        min: Option<Decimal>,
        /// Greatest value.
        max: Option<Decimal>,
    },
    /// A fraction shown times 100; `scale` counts digits of the fraction.
    Percent {
        /// Digits of the fraction after the point.
        scale: u8,
        /// Least value.
        min: Option<Decimal>,
        /// Greatest value.
        max: Option<Decimal>,
    },
    /// A civil date.
    Date,
    /// A UTC instant (microseconds).
    DateTime,
    /// 是 / 否.
    Boolean,
    /// One option of a set.
    Select {
        /// The set.
        options: Name,
    },
    /// Several options of a set.
    MultiSelect {
        /// The set.
        options: Name,
    },
    /// A node of an option tree, such as 省市区; stored as the node's code.
    Cascade {
        /// The tree.
        options: Name,
    },
    /// A record of one of `to`. One target: `Value::Id`; several: `Value::Link`.
    Reference {
        /// Target objects, at least one.
        to: Vec<Name>,
        /// What deleting the target does.
        on_delete: OnDelete,
    },
    /// Several records of `to`.
    ManyToMany {
        /// Target object.
        to: Name,
    },
    /// The records of `object` whose reference `by` is this record; written in place.
    ChildTable {
        /// Child object.
        object: Name,
        /// Its reference to this object.
        by: Name,
    },
    /// A user of the platform.
    User,
    /// An org unit.
    OrgUnit,
    /// A number given on create.
    AutoNumber {
        /// Text before the digits.
        prefix: String,
        /// Digits, padded with zeros.
        digits: u8,
    },
    /// Computed from the record when read.
    Formula {
        /// What.
        expr: Expr,
    },
    /// An aggregate over records that refer to this one.
    RollUp {
        /// Child object.
        object: Name,
        /// Its reference to this object.
        by: Name,
        /// count, count_distinct, sum, min, max, avg.
        function: AggregateFn,
        /// Field of the child (none for count).
        value: Option<Name>,
        /// Which children, as an expression over the child.
        filter: Option<Expr>,
        /// Through which records they are reached, when they do not refer to this one themselves.
        reach: Option<Box<Reach>>,
    },
    /// A stored file (id of a blob).
    File {
        /// Most bytes.
        max_bytes: u64,
        /// Whether earlier files are kept when another takes their place.
        versions: bool,
    },
    /// Mobile or landline, normalized.
    Phone,
    /// An e-mail address.
    Email,
    /// An http or https address.
    Url,
    /// 居民身份证号 (GB 11643).
    ResidentId,
    /// 统一社会信用代码 (GB 32100).
    CreditCode,
    /// A bank card or account number.
    BankCard,
    /// A postal address as text.
    Address,
    /// Free tags.
    Tags,
}

/// How a roll-up reaches records that do not refer to its own record. Each is reached once, however
/// many ways lead to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// Records that refer to this one, and what they lead to: the members of a group.
    pub through: Hop,
    /// From what `through` leads to, one step on: the accounts of the members.
    pub then: Option<Hop>,
    /// Another way from what `through` leads to: to where `then` leads too, and without `then` to
    /// the counted records themselves.
    pub also: Option<Hop>,
}

impl Reach {
    /// Its ways, each by its key in pack files.
    pub fn hops(&self) -> impl Iterator<Item = (&'static str, &Hop)> {
        let more = [("then", self.then.as_ref()), ("also", self.also.as_ref())];
        let more = more.into_iter().filter_map(|(key, hop)| Some((key, hop?)));
        std::iter::once(("through", &self.through)).chain(more)
    }

    /// The way of a key.
    pub fn hop_mut(&mut self, key: &str) -> Option<&mut Hop> {
        match key {
            "through" => Some(&mut self.through),
            "then" => self.then.as_mut(),
            _ => self.also.as_mut(),
        }
    }

    /// Whether every record reached belongs to this one alone: it is a child of a child, and no
    /// link between records of their own leads to it.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.hops().all(|(_, hop)| hop.to.is_none())
    }
}

/// From a record to those that refer to it, and on to what they refer to.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// Object of the records between.
    pub object: Name,
    /// Their reference back.
    pub by: Name,
    /// Their reference on; none when they are themselves what it leads to.
    pub to: Option<Name>,
    /// Which of them.
    pub filter: Option<Expr>,
}

/// The currency of a money field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CurrencySource {
    /// Always this one (ISO 4217).
    Fixed(kernel::Currency),
    /// The value of this text or select field of the same record.
    Field(Name),
}

/// What deleting a referenced record does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDelete {
    /// Refuse while referred to.
    #[default]
    Restrict,
    /// Empty the reference.
    Clear,
    /// Delete the referring record too.
    Cascade,
}

/// How a field lies in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// A 64-bit integer: number at a scale.
    Scaled(u8),
    /// A 64-bit integer: days since 1970-01-01.
    Days,
    /// A 64-bit integer: microseconds since 1970-01-01 UTC.
    Micros,
    /// 0 or 1.
    Flag,
    /// Text.
    Text,
    /// 16 bytes.
    Uuid,
    /// 16 bytes, and the object's name in a column `<field>__object`.
    Link,
    /// Ciphertext, and blind index columns `<field>__bx` (whole) and `<field>__tx` (last four).
    Sealed,
    /// A link table `<object>__<field>` of texts.
    Texts,
    /// A link table `<object>__<field>` of ids.
    Uuids,
    /// Nothing: computed when read.
    Virtual,
}

impl Field {
    /// How this field is stored.
    #[must_use]
    pub fn storage(&self) -> Storage {
        if self.encrypted {
            return Storage::Sealed;
        }
        match &self.kind {
            FieldType::Number { scale, .. }
            | FieldType::Money { scale, .. }
            | FieldType::Percent { scale, .. } => Storage::Scaled(*scale),
            FieldType::Date => Storage::Days,
            FieldType::DateTime => Storage::Micros,
            FieldType::Boolean => Storage::Flag,
            FieldType::Reference { to, .. } if to.len() > 1 => Storage::Link,
            FieldType::Reference { .. }
            | FieldType::User
            | FieldType::OrgUnit
            | FieldType::File { .. } => Storage::Uuid,
            FieldType::MultiSelect { .. } | FieldType::Tags => Storage::Texts,
            FieldType::ManyToMany { .. } => Storage::Uuids,
            FieldType::ChildTable { .. } | FieldType::Formula { .. } | FieldType::RollUp { .. } => {
                Storage::Virtual
            }
            FieldType::Text { .. }
            | FieldType::LongText { .. }
            | FieldType::Select { .. }
            | FieldType::Cascade { .. }
            | FieldType::AutoNumber { .. }
            | FieldType::Phone
            | FieldType::Email
            | FieldType::Url
            | FieldType::ResidentId
            | FieldType::CreditCode
            | FieldType::BankCard
            | FieldType::Address => Storage::Text,
        }
    }

    /// The most a reader sees without a reveal, given the access a grant names.
    #[must_use]
    pub fn shown(&self, granted: Access) -> Access {
        match self.level {
            5 => Access::Hidden,
            4 => granted.min(Access::Masked),
            _ => granted,
        }
    }
}
