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
        "duplicate_certain",
        "{label}：已有同一对象的记录",
        "{label}: a record of the same exists already",
    ),
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
    // Files and their rows.
    ("empty_file", "文件是空的", "the file is empty"),
    ("encoding", "第 {at} 个字节不是有效的 {encoding} 编码", "byte {at} is not valid {encoding}"),
    ("unknown_encoding", "不认识编码 {name}", "`{name}` is not a known encoding"),
    ("delimiter", "分隔符须为一个 ASCII 字符", "the delimiter must be one ASCII character"),
    (
        "unreadable_file",
        "文件已损坏，或不是所说的格式（{reason}）",
        "the file is damaged or not of its kind ({reason})",
    ),
    ("no_sheet", "没有工作表“{name}”", "there is no sheet `{name}`"),
    (
        "unpacks_too_large",
        "工作簿解压后过大，不予读取",
        "the workbook unpacks to more than is allowed",
    ),
    ("too_wide", "文件超过 {max} 列", "the file has more than {max} columns"),
    ("file_unknown", "没有这个文件，或不是您上传的", "there is no such file of yours"),
    ("file_too_large", "{label}的文件不能超过 {max} 字节", "{label} may have at most {max} bytes"),
    (
        "file_type",
        "文件内容（{found}）与所称类型（{declared}）不符，请上传原始文件",
        "the content is `{found}`, not `{declared}`: upload the file as it is",
    ),
    (
        "too_many_versions",
        "{label}最多保存 {max} 个版本，请新建记录",
        "{label} keeps at most {max} versions; make a new record",
    ),
    ("duplicate_part", "{name} 只能出现一次", "`{name}` may occur only once"),
    ("not_mapped", "用于匹配的字段 {name} 没有对应的列", "no column is mapped to `{name}`"),
    (
        "columns",
        "有 {found} 列，应为 {expected} 列",
        "{found} columns where {expected} are expected",
    ),
    (
        "digits_lost",
        "{label}存成了数字，末尾几位已丢失",
        "{label} was stored as a number and lost digits",
    ),
    (
        "formula_without_value",
        "{label}是没有结果的公式",
        "{label} is a formula without a stored value",
    ),
    (
        "duplicate_in_file",
        "{label}与本文件第 {line} 行相同",
        "{label} is the same as in row {line} of this file",
    ),
    ("required_to_match", "{label}为空，无法匹配记录", "{label} is needed to match a record"),
    ("match_none", "没有{label}相同的记录", "no record has this {label}"),
    ("match_ambiguous", "{label}对应多条记录", "several records have this {label}"),
    (
        "known_elsewhere",
        "这条记录已存在，但不在您的数据范围内",
        "the record exists, but out of your reach",
    ),
    ("reference_unknown", "{label}“{value}”不存在", "{label} `{value}` does not exist"),
    (
        "reference_ambiguous",
        "{label}“{value}”对应多条记录",
        "{label} `{value}` fits several records",
    ),
    (
        "role_excluded",
        "该用户的另一角色 {name} 与此角色不得兼任",
        "the user holds a role ({name}) that excludes this one",
    ),
    ("forbidden", "没有权限（{reason}）", "not granted ({reason})"),
    ("not_found", "记录不存在或不可见", "there is no such record"),
    ("stale", "记录已被他人修改", "changed by someone else"),
    ("quota", "已达当日上限（{reason}）", "a limit is used up ({reason})"),
    ("busy", "记录正被他人修改，请稍后再试", "being changed by others; try again"),
    ("state", "状态已改变", "the state has changed meanwhile"),
    ("in_use", "仍被其他记录引用", "still referred to by other records"),
    ("republished", "定义刚被重新发布，请重试", "definitions were published meanwhile"),
    ("invalid", "内容需要更正", "needs correction"),
    ("member", "{label}的内容不正确：{reason}", "{label} is not right: {reason}"),
    ("export_limit", "超过可导出的 {max} 行", "more than the {max} rows that may be exported"),
    (
        "approval_rows",
        "达到 {max} 行的导出须先经审批",
        "an export of {max} rows or more must be approved first",
    ),
    (
        "approval_clear",
        "以明文导出敏感字段（{fields}）须先经审批",
        "an export that shows {fields} in clear must be approved first",
    ),
    (
        "approval_reveal",
        "查看该明文须先经他人审批",
        "somebody else must approve before this is shown",
    ),
    ("not_exportable", "分组统计不能导出", "groups cannot be exported"),
    ("not_readable", "{label}不可读取", "{label} may not be read"),
    ("no_edges", "{name} 没有可用的关系", "`{name}` is not joined to others by anything"),
    ("no_ownership", "{name} 没有定义股权", "`{name}` does not hold shares"),
    ("no_control", "{name} 没有定义控制关系", "`{name}` does not make groups"),
    ("graph_circular", "{label}：不能成为自己的上级", "{label}: it would come back to itself"),
    (
        "share_total",
        "{label}：与已有的合计超过 {max}",
        "{label}: with what is held already it comes to more than {max}",
    ),
    (
        "graph_overlap",
        "{label}：同样的关系在这段时间内已经存在",
        "{label}: the same one exists for some of these days",
    ),
    ("graph_self", "{label}：不能与自己建立", "{label}: both sides are the same"),
    ("graph_backwards", "{label}早于开始日期", "{label} is before the first day"),
    ("not_shared", "没有可撤销的共享", "it is not shared with that user"),
    ("cursor", "分页游标无效或属于另一查询", "the cursor is not one of this query"),
    ("past", "{label}须在将来", "{label} must lie in the future"),
    ("cycle", "机构不能成为自己的下级", "an org unit cannot lie below itself"),
    ("too_deep", "嵌套层数过多", "nested too deeply"),
    ("key_reused", "该幂等键已用于其他请求", "the idempotency key belongs to another request"),
    ("definitions", "定义有误：{reason}", "the definitions are wrong: {reason}"),
    ("incompatible", "不能发布：{reason}", "cannot be published: {reason}"),
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
        name => {
            let plain = || params.get(name.strip_suffix("_zh")?);
            params.get(name).or_else(plain).map(String::as_str)
        }
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
