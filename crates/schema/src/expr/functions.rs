//! The one table of functions: what each is called, takes, yields and means.
//!
//! Check, print, eval, JSON, the studio's help and the store's SQL all read it.

use super::Function;

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// Text.
    Text,
    /// Text holding a resident ID; an encrypted field is allowed here.
    ResidentId,
    /// Number.
    Number,
    /// Civil date.
    Date,
    /// Instant.
    Instant,
    /// Text or a list.
    TextOrList,
    /// A part of the first argument: text of a text, an item of a list.
    Part,
    /// Number, text, date, instant or duration; all such arguments of one type.
    Ordered,
    /// Anything but a list; all such arguments of one type.
    Scalar,
    /// A reference with several target objects.
    Link,
    /// A code of an option tree.
    Code,
}

/// What a function yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yield {
    /// True or false.
    Bool,
    /// Number.
    Number,
    /// Text.
    Text,
    /// Civil date.
    Date,
    /// Instant.
    Instant,
    /// The type of its arguments.
    Same,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// Name in the text form.
    pub name: &'static str,
    /// Arguments, each with its kind.
    pub arguments: &'static [ArgumentKind],
    /// Whether the last argument may be given again and again.
    pub variadic: bool,
    /// Result.
    pub result: Yield,
    /// 一句话说明.
    pub zh: &'static str,
    /// One sentence of help.
    pub en: &'static str,
}

/// Most arguments a variadic function takes.
pub const MAX_ARGUMENTS: usize = 50;

const fn fixed(
    name: &'static str,
    arguments: &'static [ArgumentKind],
    result: Yield,
    zh: &'static str,
    en: &'static str,
) -> Signature {
    Signature { name, arguments, variadic: false, result, zh, en }
}

const fn many(
    name: &'static str,
    arguments: &'static [ArgumentKind],
    result: Yield,
    zh: &'static str,
    en: &'static str,
) -> Signature {
    Signature { name, arguments, variadic: true, result, zh, en }
}

impl Function {
    /// Every function.
    pub const ALL: [Function; 36] = [
        Function::Today,
        Function::Now,
        Function::YearsBetween,
        Function::MonthsBetween,
        Function::DaysBetween,
        Function::AddMonths,
        Function::AddYears,
        Function::AddDays,
        Function::Year,
        Function::Month,
        Function::Day,
        Function::StartOfMonth,
        Function::EndOfMonth,
        Function::DateOf,
        Function::Length,
        Function::Lower,
        Function::Upper,
        Function::Trim,
        Function::Contains,
        Function::StartsWith,
        Function::EndsWith,
        Function::Left,
        Function::Right,
        Function::Concat,
        Function::Abs,
        Function::Round,
        Function::Floor,
        Function::Ceiling,
        Function::Least,
        Function::Greatest,
        Function::Coalesce,
        Function::IdBirthDate,
        Function::IdSex,
        Function::IdRegion,
        Function::ObjectOf,
        Function::Under,
    ];

    /// The function called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Function> {
        Function::ALL.into_iter().find(|function| function.signature().name == name)
    }

    /// Its row of the table.
    #[must_use]
    pub const fn signature(self) -> Signature {
        match self {
            Function::Today
            | Function::Now
            | Function::YearsBetween
            | Function::MonthsBetween
            | Function::DaysBetween
            | Function::AddMonths
            | Function::AddYears
            | Function::AddDays
            | Function::Year
            | Function::Month
            | Function::Day
            | Function::StartOfMonth
            | Function::EndOfMonth
            | Function::DateOf => self.of_time(),
            Function::Length
            | Function::Lower
            | Function::Upper
            | Function::Trim
            | Function::Contains
            | Function::StartsWith
            | Function::EndsWith
            | Function::Left
            | Function::Right
            | Function::Concat => self.of_text(),
            Function::Abs
            | Function::Round
            | Function::Floor
            | Function::Ceiling
            | Function::Least
            | Function::Greatest
            | Function::Coalesce
            | Function::IdBirthDate
            | Function::IdSex
            | Function::IdRegion
            | Function::ObjectOf
            | Function::Under => self.of_values(),
        }
    }

    const fn of_time(self) -> Signature {
        match self {
            Function::Today => fixed("today", &[], Yield::Date, "业务日期", "the business date"),
            Function::Now => {
                fixed("now", &[], Yield::Instant, "请求发生的时刻", "the instant of the request")
            }
            Function::YearsBetween => fixed(
                "years_between",
                &[ArgumentKind::Date, ArgumentKind::Date],
                Yield::Number,
                "两个日期之间的整年数（后者早于前者时为负）",
                "whole years from the first date to the second, negative if it is earlier",
            ),
            Function::MonthsBetween => fixed(
                "months_between",
                &[ArgumentKind::Date, ArgumentKind::Date],
                Yield::Number,
                "两个日期之间的整月数（后者早于前者时为负）",
                "whole months from the first date to the second, negative if it is earlier",
            ),
            Function::DaysBetween => fixed(
                "days_between",
                &[ArgumentKind::Date, ArgumentKind::Date],
                Yield::Number,
                "两个日期之间的天数（后者早于前者时为负）",
                "days from the first date to the second, negative if it is earlier",
            ),
            Function::AddMonths => fixed(
                "add_months",
                &[ArgumentKind::Date, ArgumentKind::Number],
                Yield::Date,
                "日期加若干月，超出月末时取月末",
                "the date some months later, at most at the end of its month",
            ),
            Function::AddYears => fixed(
                "add_years",
                &[ArgumentKind::Date, ArgumentKind::Number],
                Yield::Date,
                "日期加若干年，超出月末时取月末",
                "the date some years later, at most at the end of its month",
            ),
            Function::AddDays => fixed(
                "add_days",
                &[ArgumentKind::Date, ArgumentKind::Number],
                Yield::Date,
                "日期加若干天",
                "the date some days later",
            ),
            _ => self.of_calendar(),
        }
    }

    const fn of_calendar(self) -> Signature {
        match self {
            Function::Year => {
                fixed("year", &[ArgumentKind::Date], Yield::Number, "日期的年", "year of a date")
            }
            Function::Month => fixed(
                "month",
                &[ArgumentKind::Date],
                Yield::Number,
                "日期的月（1 至 12）",
                "month of a date, 1 to 12",
            ),
            Function::Day => fixed(
                "day",
                &[ArgumentKind::Date],
                Yield::Number,
                "日期的日（1 至 31）",
                "day of the month, 1 to 31",
            ),
            Function::StartOfMonth => fixed(
                "start_of_month",
                &[ArgumentKind::Date],
                Yield::Date,
                "所在月的第一天",
                "first day of the month",
            ),
            Function::EndOfMonth => fixed(
                "end_of_month",
                &[ArgumentKind::Date],
                Yield::Date,
                "所在月的最后一天",
                "last day of the month",
            ),
            _ => fixed(
                "date_of",
                &[ArgumentKind::Instant],
                Yield::Date,
                "时刻所在的日期（北京时间）",
                "civil date of an instant in Asia/Shanghai",
            ),
        }
    }

    const fn of_text(self) -> Signature {
        match self {
            Function::Length => fixed(
                "length",
                &[ArgumentKind::TextOrList],
                Yield::Number,
                "文本的字符数，或列表的项数",
                "characters of a text, or items of a list",
            ),
            Function::Lower => fixed(
                "lower",
                &[ArgumentKind::Text],
                Yield::Text,
                "英文字母转为小写",
                "ASCII letters made small",
            ),
            Function::Upper => fixed(
                "upper",
                &[ArgumentKind::Text],
                Yield::Text,
                "英文字母转为大写",
                "ASCII letters made capital",
            ),
            Function::Trim => fixed(
                "trim",
                &[ArgumentKind::Text],
                Yield::Text,
                "去掉首尾的半角和全角空格",
                "without ASCII and ideographic spaces at both ends",
            ),
            Function::Contains => fixed(
                "contains",
                &[ArgumentKind::TextOrList, ArgumentKind::Part],
                Yield::Bool,
                "文本含有某一段，或列表含有某一项",
                "whether a text contains a part, or a list an item",
            ),
            _ => self.of_text_ends(),
        }
    }

    const fn of_text_ends(self) -> Signature {
        match self {
            Function::StartsWith => fixed(
                "starts_with",
                &[ArgumentKind::Text, ArgumentKind::Text],
                Yield::Bool,
                "文本以某一段开头",
                "whether a text starts with a part",
            ),
            Function::EndsWith => fixed(
                "ends_with",
                &[ArgumentKind::Text, ArgumentKind::Text],
                Yield::Bool,
                "文本以某一段结尾",
                "whether a text ends with a part",
            ),
            Function::Left => fixed(
                "left",
                &[ArgumentKind::Text, ArgumentKind::Number],
                Yield::Text,
                "开头的若干个字符",
                "the first characters",
            ),
            Function::Right => fixed(
                "right",
                &[ArgumentKind::Text, ArgumentKind::Number],
                Yield::Text,
                "末尾的若干个字符",
                "the last characters",
            ),
            _ => many(
                "concat",
                &[ArgumentKind::Text],
                Yield::Text,
                "依次连接文本，空的略过",
                "texts joined, empty ones skipped",
            ),
        }
    }

    const fn of_values(self) -> Signature {
        match self {
            Function::Abs => fixed(
                "abs",
                &[ArgumentKind::Number],
                Yield::Number,
                "绝对值",
                "value without its sign",
            ),
            Function::Round => fixed(
                "round",
                &[ArgumentKind::Number, ArgumentKind::Number],
                Yield::Number,
                "四舍五入到小数点后若干位（-12 至 12）",
                "rounded half away from zero to digits after the point, -12 to 12",
            ),
            Function::Floor => fixed(
                "floor",
                &[ArgumentKind::Number],
                Yield::Number,
                "不大于它的最大整数",
                "greatest whole number not above it",
            ),
            Function::Ceiling => fixed(
                "ceiling",
                &[ArgumentKind::Number],
                Yield::Number,
                "不小于它的最小整数",
                "least whole number not below it",
            ),
            Function::Least => many(
                "least",
                &[ArgumentKind::Ordered],
                Yield::Same,
                "非空值中最小的",
                "least of the values that are not empty",
            ),
            Function::Greatest => many(
                "greatest",
                &[ArgumentKind::Ordered],
                Yield::Same,
                "非空值中最大的",
                "greatest of the values that are not empty",
            ),
            Function::Coalesce => many(
                "coalesce",
                &[ArgumentKind::Scalar],
                Yield::Same,
                "第一个非空的值",
                "first value that is not empty",
            ),
            _ => self.of_codes(),
        }
    }

    const fn of_codes(self) -> Signature {
        match self {
            Function::IdBirthDate => fixed(
                "id_birth_date",
                &[ArgumentKind::ResidentId],
                Yield::Date,
                "居民身份证号中的出生日期",
                "date of birth in a resident ID",
            ),
            Function::IdSex => fixed(
                "id_sex",
                &[ArgumentKind::ResidentId],
                Yield::Text,
                "居民身份证号中的性别：male 或 female",
                "`male` or `female` by a resident ID",
            ),
            Function::IdRegion => fixed(
                "id_region",
                &[ArgumentKind::ResidentId],
                Yield::Text,
                "居民身份证号的前六位（地区码）",
                "first six digits of a resident ID",
            ),
            Function::ObjectOf => fixed(
                "object_of",
                &[ArgumentKind::Link],
                Yield::Text,
                "多目标引用所指记录的对象名",
                "name of the object that a several-target reference points to",
            ),
            _ => fixed(
                "under",
                &[ArgumentKind::Code, ArgumentKind::Code],
                Yield::Bool,
                "级联代码是否等于另一代码或在其之下",
                "whether a code of an option tree is another or lies below it",
            ),
        }
    }
}
