//! What is wrong with a value: a code, its parameters, and a sentence in both languages.

use std::collections::BTreeMap;

use crate::catalogue::Language;

/// One thing wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Stable code, see [`sentence`].
    pub code: &'static str,
    /// What the sentence names.
    pub params: BTreeMap<String, String>,
}

impl Flaw {
    /// A flaw without parameters.
    #[must_use]
    pub fn new(code: &'static str) -> Flaw {
        Flaw { code, params: BTreeMap::new() }
    }

    /// The same, with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Flaw {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// The sentence for a reader.
    #[must_use]
    pub fn sentence(&self, label: &str, language: Language) -> String {
        sentence(self.code, &self.params, label, language)
    }
}

/// Codes with their sentences: `{label}` is the field, `{name}` a parameter.
const SENTENCES: &[(&str, &str, &str)] = &[
    ("required", "{label}不能为空", "{label} is required"),
    ("type", "{label}的格式类型不对，应为{expected_zh}", "{label} must be {expected}"),
    ("too_long", "{label}最多{max}个字符", "{label} may have at most {max} characters"),
    ("too_many", "{label}最多{max}项", "{label} may have at most {max} items"),
    ("scale", "{label}最多{scale}位小数", "{label} may have at most {scale} decimal places"),
    (
        "fraction",
        "{label}带小数时须写成文本，如 \"12.30\"",
        "{label} with a fraction must be sent as text, such as \"12.30\"",
    ),
    ("range", "{label}须在{min}到{max}之间", "{label} must be between {min} and {max}"),
    ("range_min", "{label}不能小于{min}", "{label} must be at least {min}"),
    ("range_max", "{label}不能大于{max}", "{label} must be at most {max}"),
    ("option", "{label}没有选项“{value}”", "{label} has no option `{value}`"),
    (
        "option_near",
        "{label}没有选项“{value}”，是否为“{near}”",
        "{label} has no option `{value}`; did you mean `{near}`?",
    ),
    ("option_retired", "{label}的选项“{value}”已停用", "option `{value}` of {label} is retired"),
    (
        "option_ambiguous",
        "{label}的“{value}”对应多个选项，请写完整路径或代码",
        "`{value}` fits several options of {label}; write its full path or code",
    ),
    ("format", "{label}格式不正确", "{label} is not in the right format"),
    ("check_digit", "{label}校验位不正确", "the check digit of {label} is wrong"),
    ("region", "{label}中的地区代码不存在", "{label} holds an unknown region code"),
    ("date", "{label}不是有效日期", "{label} is not a valid date"),
    (
        "date_ambiguous",
        "{label}的日与月分不清，请选择日期顺序",
        "day and month of {label} could be either way round; choose their order",
    ),
    ("future", "{label}不能晚于今天", "{label} may not be in the future"),
    ("duplicate", "{label}已存在", "{label} already exists"),
    (
        "reference",
        "{label}指向的记录不存在或不可见",
        "{label} refers to a record that does not exist",
    ),
    (
        "reference_form",
        "{label}应为记录编号，或对象加编号",
        "{label} must be a record's id, or an object and id",
    ),
    ("reference_object", "{label}不能指向{object}", "{label} may not refer to {object}"),
    ("read_only", "{label}不可修改", "{label} is read-only"),
    ("unknown_field", "没有字段 {name}", "there is no field `{name}`"),
    (
        "unknown_field_near",
        "没有字段 {name}，是否为 {near}",
        "there is no field `{name}`; did you mean `{near}`?",
    ),
    ("unknown_object", "没有对象 {name}", "there is no object `{name}`"),
    (
        "unknown_object_near",
        "没有对象 {name}，是否为 {near}",
        "there is no object `{name}`; did you mean `{near}`?",
    ),
    ("unknown_parameter", "没有参数 {name}", "there is no parameter `{name}`"),
    (
        "unknown_parameter_near",
        "没有参数 {name}，是否为 {near}",
        "there is no parameter `{name}`; did you mean `{near}`?",
    ),
    (
        "unknown_value",
        "{name} 不能是 {value}，可用：{known}",
        "`{name}` may not be `{value}`; use one of {known}",
    ),
    (
        "not_a_reference",
        "{name} 不是引用字段，后面不能再接字段",
        "`{name}` is not a reference, so nothing may follow it",
    ),
    ("not_measurable", "{name} 不能这样统计", "`{name}` cannot be measured that way"),
    ("not_groupable", "{name} 不能用来分组", "`{name}` cannot be grouped by"),
    ("not_sortable", "{name} 不能排序", "`{name}` cannot be sorted by"),
    ("not_read_only_query", "{name} 不能与分组同时使用", "`{name}` cannot be combined with groups"),
    ("currency", "{label}的币种应为{expected_zh}", "the currency of {label} must be {expected}"),
    ("control_characters", "{label}含有不可见的控制字符", "{label} holds control characters"),
    ("unreadable", "不是有效的 JSON:{reason}", "not valid JSON: {reason}"),
];

/// The sentence of `code` about the field called `label`. An unknown code (a pack's validation)
/// gives the code itself.
#[must_use]
pub fn sentence(
    code: &str,
    params: &BTreeMap<String, String>,
    label: &str,
    language: Language,
) -> String {
    let Some((_, zh, en)) = SENTENCES.iter().find(|(known, _, _)| *known == code) else {
        return code.to_owned();
    };
    let template = match language {
        Language::Zh => zh,
        Language::En => en,
    };
    fill(template, |name| match name {
        "label" => Some(label),
        name => params.get(name).map(String::as_str),
    })
}

/// Puts values in the `{name}` places of `template`, once, so that a value cannot be a place.
fn fill<'a>(template: &'a str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(value(name).unwrap_or(name));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Every code that has a sentence.
pub fn codes() -> impl Iterator<Item = &'static str> {
    SENTENCES.iter().map(|(code, _, _)| *code)
}
