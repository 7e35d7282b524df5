//! Refusals as RFC 9457 problem details: one mapping from errors to statuses.
//!
//! A problem is carried as data until the gate writes it, since only there the caller's language
//! and the request's id are known. Never shows what went wrong inside.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::{Error, Refusal, Violation};
use schema::catalogue::{Label, Language};
use schema::{Catalogue, Object};
use serde_json::{Map, Value as Json, json};

/// Answer to a request that has no outcome.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    code: String,
    detail: Option<String>,
    violations: Vec<Said>,
    extra: Map<String, Json>,
    retry_after: Option<u64>,
}

/// A violation with the label its sentence needs.
#[derive(Debug, Clone)]
struct Said {
    violation: Violation,
    label: Option<Label>,
}

/// What handlers return.
pub type Answer<T = Response> = Result<T, Problem>;

impl Problem {
    /// A problem with a stable code.
    #[must_use]
    pub fn new(status: StatusCode, code: impl Into<String>) -> Problem {
        Problem(Box::new(Parts {
            status,
            code: code.into(),
            detail: None,
            violations: Vec::new(),
            extra: Map::new(),
            retry_after: None,
        }))
    }

    /// No such route, record or right to know of it.
    #[must_use]
    pub fn not_found() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// Parts of the request need correction.
    #[must_use]
    pub fn invalid(violations: Vec<Violation>) -> Problem {
        let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        problem.0.violations =
            violations.into_iter().map(|violation| Said { violation, label: None }).collect();
        problem
    }

    /// Not understood at all: malformed JSON or a malformed header.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "malformed").because(detail)
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Json>) -> Problem {
        self.0.extra.insert(key.to_owned(), value.into());
        self
    }

    /// With a sentence about this occurrence.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Problem {
        self.0.detail = Some(detail.into());
        self
    }

    /// With the seconds after which a repeat may succeed.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Problem {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Labels of the fields of `object`, so that sentences name them as people do.
    #[must_use]
    pub fn about(mut self, object: Option<&Object>) -> Problem {
        for said in &mut self.0.violations {
            let name = said.violation.field.rsplit('.').next().unwrap_or_default();
            said.label = object.and_then(|o| o.field(name)).map(|(_, field)| field.label.clone());
        }
        self
    }

    /// As [`Problem::about`], finding the object by name.
    #[must_use]
    pub fn about_named(self, catalogue: &Catalogue, object: &str) -> Problem {
        self.about(catalogue.object(object).map(|(_, object)| object))
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The members a caller reads, without the request's id.
    #[must_use]
    pub fn members(&self, language: Language) -> Map<String, Json> {
        let mut body = Map::new();
        body.insert("type".into(), json!("about:blank"));
        body.insert("title".into(), json!(title(&self.0.code, self.0.status, language)));
        body.insert("status".into(), json!(self.0.status.as_u16()));
        body.insert("code".into(), json!(self.0.code));
        if let Some(detail) = &self.0.detail {
            body.insert("detail".into(), json!(detail));
        }
        if !self.0.violations.is_empty() {
            let violations: Vec<Json> =
                self.0.violations.iter().map(|said| said.to_json(language)).collect();
            body.insert("violations".into(), Json::Array(violations));
        }
        for (key, value) in &self.0.extra {
            body.insert(key.clone(), value.clone());
        }
        body
    }

    /// The response, in the caller's language, with the request's id.
    #[must_use]
    pub fn write(&self, language: Language, trace: &str) -> Response {
        let mut body = self.members(language);
        body.insert("trace".into(), json!(trace));
        let text = Json::Object(body).to_string();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.0.status, [(header::CONTENT_TYPE, kind)], text).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.0.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"jinyao\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

impl Said {
    fn to_json(&self, language: Language) -> Json {
        let Violation { field, code, params, message } = &self.violation;
        let sentence = match message {
            Some(label) => label.get(language).to_owned(),
            None => {
                let label = self.label.as_ref().map(|label| label.get(language));
                let label = label.unwrap_or_else(|| word(field, language));
                sentence(code, params, label, language)
            }
        };
        json!({ "field": field, "code": code, "params": params, "message": sentence })
    }
}

/// What a person calls a part of a request that is no field of an object; those that only programs
/// send keep their names.
fn word(part: &str, language: Language) -> &str {
    match (part, language) {
        ("", Language::Zh) => "请求",
        ("", Language::En) => "the request",
        ("current", Language::Zh) => "当前口令",
        ("current", Language::En) => "the present password",
        ("new", Language::Zh) => "新口令",
        ("new", Language::En) => "the new password",
        ("password", Language::Zh) => "口令",
        ("password", Language::En) => "the password",
        ("code", Language::Zh) => "验证码",
        ("code", Language::En) => "the code",
        ("purpose", Language::Zh) => "用途",
        ("reason", Language::Zh) => "原因",
        ("note", Language::Zh) => "说明",
        _ => part,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let code = refusal.code();
        match refusal {
            Refusal::Invisible => Problem::not_found(),
            Refusal::Forbidden { action, object } => {
                Problem::new(StatusCode::FORBIDDEN, code).with("action", action).with("on", object)
            }
            Refusal::Invalid(violations) => Problem::invalid(violations),
            Refusal::Stale { expected, current, record } => {
                let record = serde_json::to_value(&record).unwrap_or_default();
                Problem::new(StatusCode::PRECONDITION_FAILED, code)
                    .with("expected", expected)
                    .with("current", current)
                    .with("record", record)
            }
            Refusal::Quota { what, limit } => Problem::new(StatusCode::TOO_MANY_REQUESTS, code)
                .with("what", what)
                .with("limit", limit)
                .retry_after(3600),
            Refusal::Conflict { reason, .. } => {
                Problem::new(StatusCode::CONFLICT, code).because(reason)
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Store(store) => store.into(),
            Error::Internal(what) => Problem::internal(&what),
        }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Problem {
        match error {
            store::Error::Busy => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy").retry_after(1)
            }
            store::Error::Timeout => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout").retry_after(5)
            }
            store::Error::Unavailable(what) => {
                tracing::error!(what, "database not available");
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").retry_after(5)
            }
            store::Error::Unsupported(what) => {
                Problem::invalid(vec![Violation::new("", "unsupported").with("reason", what)])
            }
            other => Problem::internal(&with_causes(&other)),
        }
    }
}

impl Problem {
    /// A defect: logged here, told to nobody.
    #[must_use]
    pub fn internal(what: &str) -> Problem {
        tracing::error!(what, "internal error");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal")
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// Titles of problem codes.
const TITLES: &[(&str, &str, &str)] = &[
    ("not_found", "未找到", "not found"),
    ("forbidden", "没有权限", "not granted"),
    ("invalid", "提交的内容需要更正", "the request needs correction"),
    ("malformed", "请求无法识别", "the request cannot be read"),
    ("stale", "记录已被他人修改", "changed by someone else"),
    ("quota", "已达当日上限", "a limit is used up"),
    ("rate", "请求过于频繁", "too many requests"),
    ("busy", "系统繁忙,请稍后再试", "busy, try again"),
    ("timeout", "处理超时", "took too long"),
    ("unavailable", "系统暂不可用", "not available at present"),
    ("stopping", "系统正在停止", "shutting down"),
    ("internal", "系统内部错误", "internal error"),
    ("method", "不支持该方法", "method not allowed"),
    ("media_type", "请求内容须为 JSON", "the content must be JSON"),
    ("too_large", "请求内容过大", "the request is too large"),
    ("unauthenticated", "请先登录", "sign in first"),
    ("credentials", "登录名、口令或验证码不正确", "login, password or code is wrong"),
    ("locked", "登录失败次数过多,账号已锁定", "locked after too many failures"),
    ("second_factor", "需要动态验证码", "a one-time code is needed"),
    ("second_factor_setup", "须先绑定动态验证码", "set up the second factor first"),
    ("password_change", "须先修改口令", "change the password first"),
    ("csrf", "缺少或错误的 X-CSRF-Token", "X-CSRF-Token is missing or wrong"),
    ("address", "该地址不允许使用此密钥", "this key may not be used from this address"),
    (
        "idempotency_reused",
        "幂等键已用于其他请求",
        "the idempotency key belongs to another request",
    ),
    ("idempotency_in_use", "相同的请求正在处理", "the same request is being handled"),
    ("in_use", "仍被其他记录引用", "still referred to by other records"),
    ("too_many_referrers", "引用它的记录过多", "too many records refer to it"),
    ("too_deep", "记录相互引用的层级过多", "records refer to each other too deeply"),
    ("quiet_hours", "免打扰时段内不得触达客户", "nobody may be reached at this hour"),
    ("state", "状态已改变", "the state has changed meanwhile"),
    ("import_state", "导入任务的状态不允许该操作", "the import's state does not allow it"),
    ("merge_self", "不能与自己合并", "cannot be merged with itself"),
    ("merge_system", "该类记录不能合并", "such records are not merged"),
    ("merged_already", "该记录已被合并", "merged into another record already"),
    ("unmerged_already", "该合并已撤销", "taken back already"),
    ("unmerge_late", "已过可撤销期限", "too late to take the merge back"),
    ("no_match_rule", "没有查重规则", "there is no match rule"),
    ("decided_already", "已有处理结论", "decided already"),
    ("asked_already", "已提交过同样的申请", "asked for already"),
    ("answered_already", "该申请已处理", "answered already"),
    ("approval_not_needed", "该导出无须审批，可直接导出", "this export needs no approval"),
    (
        "approval_outgrown",
        "数据已超出批准的范围，请重新申请",
        "it goes beyond what was approved; ask again",
    ),
    ("not_approved", "申请未获批准，或批准已过期", "it is not approved, or no longer"),
    ("own_request", "本人的申请须由他人审批", "somebody else must answer one's own request"),
    ("too_many_open", "待审批的申请过多", "too many requests wait for an answer"),
    ("republished", "定义刚刚重新发布,请重试", "definitions were published meanwhile"),
    ("data_in_the_way", "已有数据不符合新定义", "stored data does not fit the definitions"),
    ("code_used", "验证码已使用", "the one-time code was used already"),
    ("second_factor_exists", "已绑定动态验证码", "a second factor is set up already"),
    ("not_answerable", "该请求当前不能答复", "the request cannot be answered as it is"),
    ("retained", "仍在保存期内，不能删除", "it must still be kept"),
    ("no_preview", "该类文件不能在页面内显示，请下载", "such a file is not shown within a page"),
    ("file_infected", "文件含有病毒，不能下载", "the virus scanner objects to the file"),
    ("file_unscanned", "文件尚未通过病毒检查，请稍后再试", "the file was not scanned yet"),
    ("demo_not_empty", "已有业务数据", "there are business records already"),
    (
        "samples_present",
        "已有示例数据，或正在加载、移除",
        "sample data is there, or on its way in or out",
    ),
    ("no_samples", "没有示例数据", "there is no sample data"),
    ("demo_plan", "演示计划与定义不符", "the demo plan does not fit the definitions"),
];

/// Every problem code with its two titles.
pub fn titles() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TITLES.iter().copied()
}

fn title(code: &str, status: StatusCode, language: Language) -> &str {
    let known = TITLES.iter().find(|(known, _, _)| *known == code);
    match (known, language) {
        (Some((_, zh, _)), Language::Zh) => zh,
        (Some((_, _, en)), Language::En) => en,
        (None, _) => status.canonical_reason().unwrap_or(code),
    }
}

/// Every code of a violation with its English sentence, in which braces hold parameters.
pub fn sentences() -> impl Iterator<Item = (&'static str, String)> {
    let none = BTreeMap::new();
    let values = schema::field::codes();
    values
        .chain(SENTENCES.iter().map(|(code, _, _)| *code))
        .map(move |code| (code, sentence(code, &none, "{label}", Language::En)))
}

/// Sentences of codes about parts of a request other than fields' values.
const SENTENCES: &[(&str, &str, &str)] = &[
    ("cursor", "分页游标无效或属于另一查询", "the cursor is not one of this query"),
    ("past", "{label}须在将来", "{label} must lie in the future"),
    ("cycle", "机构不能成为自己的下级", "an org unit cannot lie below itself"),
    ("too_deep", "嵌套层数过多", "nested too deeply"),
    ("unsupported", "无法查询:{reason}", "cannot be queried: {reason}"),
    ("expression", "条件表达式有误:{reason}", "the expression is wrong: {reason}"),
    ("too_short", "{label}至少{min}个字符", "{label} needs at least {min} characters"),
    (
        "classes",
        "{label}须含大写、小写、数字、符号中的至少{min}种",
        "{label} needs {min} of upper case, lower case, digits and symbols",
    ),
    ("contains_login", "{label}不能包含登录名", "{label} may not contain the login"),
    ("reused", "{label}不能与最近{count}次相同", "{label} may not be one of the last {count}"),
    ("wrong", "{label}不正确", "{label} is wrong"),
    ("scope", "权限范围 {name} 无效", "the scope `{name}` is not known"),
    ("network", "{name} 不是有效的地址或网段", "`{name}` is not an address or network"),
    ("same_user", "不能移交给同一人", "cannot be handed to the same user"),
    (
        "purpose_object",
        "用途 {value} 不适用于该对象",
        "the purpose `{value}` is not about this object",
    ),
    ("state_start", "新记录的{label}不能是{value}", "{label} of a new record may not be `{value}`"),
    ("state_move", "{label}不能从 {from} 变为 {to}", "{label} may not go from `{from}` to `{to}`"),
    ("asks_who", "{label}不能与操作人有关", "{label} may not depend on who looks"),
    (
        "exclusive",
        "客户已有同一互斥组的其他{label}",
        "another {label} of the same exclusive group is there already",
    ),
    ("only_by_rule", "{label}只能由规则写入", "only a rule writes this {label}"),
    ("merge_across", "只能合并同类记录", "only records of the same object can be merged"),
    ("unknown_handle", "查重结果已失效，请重新查重", "the handle is not one that you were given"),
    ("no_owner", "该记录没有归属人", "the record has no owner to ask"),
    ("transaction", "不支持整体成功或失败的批量", "all-or-nothing bulk is not offered"),
    ("after_to", "起始日期不能晚于截止日期", "the first day lies after the last"),
    ("not_a_balance", "流量指标没有余额或日均", "a flow has no balance and no daily mean"),
    ("not_a_subject", "该指标不按 {object} 统计", "the measure is not kept for `{object}`"),
    ("one_of", "subject、owner、unit 只能给一个", "give one of subject, owner and unit"),
];

/// A sentence about `label` for a violation's code.
fn sentence(
    code: &str,
    params: &BTreeMap<String, String>,
    label: &str,
    language: Language,
) -> String {
    let Some((_, zh, en)) = SENTENCES.iter().find(|(known, _, _)| *known == code) else {
        return schema::field::sentence(code, params, label, language);
    };
    let template = match language {
        Language::Zh => zh,
        Language::En => en,
    };
    let mut text = template.replace("{label}", label);
    for (name, value) in params {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_change_says_both_versions() {
        let refusal = Refusal::Stale { expected: 3, current: 5, record: None };
        let problem = Problem::from(refusal);
        let body = problem.members(Language::En);
        assert_eq!(problem.status(), StatusCode::PRECONDITION_FAILED);
        assert_eq!((&body["expected"], &body["current"]), (&json!(3), &json!(5)));
    }

    #[test]
    fn every_code_is_explained_to_those_who_call() {
        let text = include_str!("../../../../docs/API.md");
        let missing: Vec<&str> = titles()
            .map(|(code, _, _)| code)
            .filter(|code| !text.contains(&format!("`{code}`")))
            .collect();
        assert!(missing.is_empty(), "docs/API.md does not explain {missing:?}");
    }

    #[test]
    fn an_internal_error_tells_nothing() {
        let problem = Problem::from(Error::Internal("secret".into()));
        assert!(!Json::Object(problem.members(Language::En)).to_string().contains("secret"));
    }
}
