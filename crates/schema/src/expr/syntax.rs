//! Tokens to an untyped tree with byte spans.
//!
//! Bounded: source ≤ 4,096 bytes, ≤ 1,000 nodes, depth ≤ 64. Resolves no name.

use rust_decimal::prelude::ToPrimitive;

use super::ast::{AggregateAst, Ast, Kind, Word};
use super::error::{ExprError, Span};
use super::lexer::{self, Token};
use super::{AggregateFn, Arithmetic, Comparison};

/// Longest source, in bytes.
pub const MAX_SOURCE: usize = 4096;
/// Most nodes of a tree.
pub const MAX_NODES: usize = 1000;
/// Deepest nesting.
pub const MAX_DEPTH: u16 = 64;

/// Words that cannot name a field in an expression.
pub const RESERVED: [&str; 15] = [
    "and",
    "or",
    "not",
    "in",
    "between",
    "is",
    "empty",
    "true",
    "false",
    "me",
    "my_units",
    "my_subtree",
    "outer",
    "where",
    "by",
];

// How tightly operators bind.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const ADD: u8 = 5;
const MUL: u8 = 6;
const UNARY: u8 = 7;

/// Reads `source` into a tree.
pub(super) fn read(source: &str) -> Result<Ast, ExprError> {
    if source.len() > MAX_SOURCE {
        return Err(too_large(Span { start: MAX_SOURCE, end: source.len() }));
    }
    let mut parser = Parser { tokens: lexer::tokens(source)?, at: 0, nodes: 0, depth: 0 };
    let ast = parser.expression(OR)?;
    match parser.peek() {
        Token::End => Ok(ast),
        _ => Err(parser.unexpected("表达式的结尾", "the end of the expression")),
    }
}

fn too_large(span: Span) -> ExprError {
    ExprError::new(
        "too_large",
        span,
        "表达式过大（最多 4096 字节、1000 个节点、嵌套 64 层）",
        "the expression is too large (at most 4096 bytes, 1000 nodes, 64 levels)",
    )
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    nodes: usize,
    depth: u16,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(token, _)| token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(Span::default(), |(_, span)| *span)
    }

    /// Span of the token before the present one.
    fn before(&self) -> Span {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(Span::default(), |(_, span)| *span)
    }

    fn take(&mut self) -> (Token, Span) {
        let span = self.span();
        let token = self.peek().clone();
        self.at += 1;
        (token, span)
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek_at(ahead), Token::Word(text) if text == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.at += usize::from(found);
        found
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(text) if *text == symbol);
        self.at += usize::from(found);
        found
    }

    fn expect_symbol(&mut self, symbol: &str) -> Result<(), ExprError> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        let quoted = format!("`{symbol}`");
        Err(self.unexpected(&quoted, &quoted))
    }

    fn expect_word(&mut self, word: &str) -> Result<(), ExprError> {
        if self.take_word(word) {
            return Ok(());
        }
        let quoted = format!("`{word}`");
        Err(self.unexpected(&quoted, &quoted))
    }

    fn name(&mut self, zh: &str, en: &str) -> Result<Word, ExprError> {
        match self.peek().clone() {
            Token::Word(text) => {
                let (_, span) = self.take();
                Ok(Word { text, span })
            }
            _ => Err(self.unexpected(zh, en)),
        }
    }

    fn unexpected(&self, zh: &str, en: &str) -> ExprError {
        let found = match self.peek() {
            Token::End => ("结尾".to_owned(), "the end".to_owned()),
            Token::Word(text) => (format!("`{text}`"), format!("`{text}`")),
            Token::Symbol(text) => (format!("`{text}`"), format!("`{text}`")),
            Token::Number(number) => (format!("数字 {number}"), format!("number {number}")),
            Token::Text(_) => ("文本".to_owned(), "a text".to_owned()),
        };
        ExprError::new(
            "syntax",
            self.span(),
            format!("应为{zh}，却是{}", found.0),
            format!("expected {en}, found {}", found.1),
        )
    }

    fn node(&mut self, kind: Kind, span: Span) -> Result<Ast, ExprError> {
        self.nodes += 1;
        let below = kind.parts().iter().map(|part| part.depth).max().unwrap_or(0);
        if self.nodes > MAX_NODES || below >= MAX_DEPTH {
            return Err(too_large(span));
        }
        Ok(Ast { kind, span, depth: below + 1, closed: false })
    }

    fn expression(&mut self, binding: u8) -> Result<Ast, ExprError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH * 4 {
            return Err(too_large(self.span()));
        }
        let mut left = self.prefix(binding)?;
        loop {
            let next = self.infix(left, binding)?;
            match next {
                Infix::More(ast) => left = ast,
                Infix::Done(ast) => {
                    self.depth -= 1;
                    return Ok(ast);
                }
            }
        }
    }

    fn prefix(&mut self, binding: u8) -> Result<Ast, ExprError> {
        let start = self.span();
        if self.is_word(0, "not") {
            if binding > NOT {
                return Err(ExprError::new(
                    "syntax",
                    start,
                    "请给这里的 not 加上括号",
                    "put parentheses around this `not`",
                ));
            }
            self.at += 1;
            let inner = self.expression(NOT)?;
            let span = start.to(inner.span);
            return self.node(Kind::Not(Box::new(inner)), span);
        }
        if self.take_symbol("-") {
            if matches!(self.peek(), Token::Number(_)) {
                return self.number(start, true);
            }
            let inner = self.expression(UNARY)?;
            let span = start.to(inner.span);
            return self.node(Kind::Negate(Box::new(inner)), span);
        }
        self.primary()
    }

    fn infix(&mut self, left: Ast, binding: u8) -> Result<Infix, ExprError> {
        let symbol = match self.peek() {
            Token::Symbol(symbol) => *symbol,
            Token::Word(word) => match word.as_str() {
                "or" if binding <= OR => return self.chain(left, "or", AND, Kind::Or),
                "and" if binding <= AND => return self.chain(left, "and", NOT, Kind::And),
                "is" | "in" | "between" | "not" if binding <= COMPARE => {
                    return self.word_comparison(left).map(Infix::More);
                }
                _ => return Ok(Infix::Done(left)),
            },
            _ => return Ok(Infix::Done(left)),
        };
        if let Some(comparison) = comparison(symbol) {
            if binding > COMPARE {
                return Ok(Infix::Done(left));
            }
            self.refuse_chain(&left)?;
            self.at += 1;
            let right = self.expression(ADD)?;
            let span = left.span.to(right.span);
            let kind = Kind::Compare(comparison, Box::new(left), Box::new(right));
            return self.node(kind, span).map(Infix::More);
        }
        let Some((arithmetic, level)) = arithmetic(symbol).filter(|(_, level)| binding <= *level)
        else {
            return Ok(Infix::Done(left));
        };
        self.at += 1;
        let right = self.expression(level + 1)?;
        let span = left.span.to(right.span);
        let kind = Kind::Arithmetic(arithmetic, Box::new(left), Box::new(right));
        self.node(kind, span).map(Infix::More)
    }

    fn chain(
        &mut self,
        left: Ast,
        word: &str,
        binding: u8,
        make: fn(Vec<Ast>) -> Kind,
    ) -> Result<Infix, ExprError> {
        let start = left.span;
        let mut parts = vec![left];
        while self.take_word(word) {
            parts.push(self.expression(binding)?);
        }
        let span = start.to(self.before());
        self.node(make(parts), span).map(Infix::More)
    }

    /// A comparison may not be an operand of another without parentheses.
    fn refuse_chain(&self, left: &Ast) -> Result<(), ExprError> {
        let is_comparison = match &left.kind {
            Kind::Compare(..) | Kind::In(..) | Kind::Between(..) | Kind::IsEmpty(_) => true,
            Kind::Not(inner) => matches!(
                inner.kind,
                Kind::Compare(..) | Kind::In(..) | Kind::Between(..) | Kind::IsEmpty(_)
            ),
            _ => false,
        };
        if !is_comparison || left.closed {
            return Ok(());
        }
        Err(ExprError::new(
            "syntax",
            self.span(),
            "比较不能连写，请用 and 连接或加括号",
            "comparisons cannot be chained: join them by `and` or use parentheses",
        ))
    }

    fn word_comparison(&mut self, left: Ast) -> Result<Ast, ExprError> {
        self.refuse_chain(&left)?;
        let start = left.span;
        if self.take_word("is") {
            let negated = self.take_word("not");
            self.expect_word("empty")?;
            let kind = Kind::IsEmpty(Box::new(left));
            return self.negated(negated, kind, start);
        }
        let negated = self.take_word("not");
        if self.take_word("in") {
            let list = self.expression(ADD)?;
            return self.negated(negated, Kind::In(Box::new(left), Box::new(list)), start);
        }
        if !self.take_word("between") {
            return Err(self.unexpected("`in` 或 `between`", "`in` or `between`"));
        }
        let low = self.expression(ADD)?;
        self.expect_word("and")?;
        let high = self.expression(ADD)?;
        let kind = Kind::Between(Box::new(left), Box::new(low), Box::new(high));
        self.negated(negated, kind, start)
    }

    fn negated(&mut self, negated: bool, kind: Kind, start: Span) -> Result<Ast, ExprError> {
        let span = start.to(self.before());
        let node = self.node(kind, span)?;
        if negated { self.node(Kind::Not(Box::new(node)), span) } else { Ok(node) }
    }

    fn primary(&mut self) -> Result<Ast, ExprError> {
        let start = self.span();
        match self.peek().clone() {
            Token::Number(_) => self.number(start, false),
            Token::Text(text) => {
                self.at += 1;
                let kind = if text.is_empty() { Kind::Empty } else { Kind::Text(text) };
                self.node(kind, start)
            }
            Token::Symbol("(") => {
                self.at += 1;
                let inner = self.expression(OR)?;
                self.expect_symbol(")")?;
                Ok(Ast { span: start.to(self.before()), closed: true, ..inner })
            }
            Token::Symbol("[") => {
                self.at += 1;
                let items = self.items("]")?;
                let span = start.to(self.before());
                self.node(Kind::List(items), span)
            }
            Token::Word(word) => self.word(&word, start),
            Token::Symbol(_) | Token::End => Err(self.unexpected("一个值", "a value")),
        }
    }

    fn number(&mut self, start: Span, negative: bool) -> Result<Ast, ExprError> {
        let (Token::Number(number), _) = self.take() else {
            return Err(self.unexpected("数字", "a number"));
        };
        let number = if negative { -number } else { number };
        let Token::Word(unit) = self.peek() else {
            let span = start.to(self.before());
            return self.node(Kind::Number(number), span);
        };
        let Some(micros) = unit_micros(unit) else {
            let span = start.to(self.before());
            return self.node(Kind::Number(number), span);
        };
        self.at += 1;
        let span = start.to(self.before());
        let length = number.is_integer().then(|| number.to_i64()).flatten();
        let limit = super::number::LIMIT;
        match length.and_then(|n| n.checked_mul(micros)).filter(|n| n.abs() < limit) {
            Some(length) => self.node(Kind::Duration(length), span),
            None => Err(ExprError::new(
                "bad_duration",
                span,
                "时长须为整数，且不超过约 317 年",
                "a length of time is a whole number of its unit, below about 317 years",
            )),
        }
    }

    fn items(&mut self, close: &str) -> Result<Vec<Ast>, ExprError> {
        let mut items = Vec::new();
        if self.take_symbol(close) {
            return Ok(items);
        }
        loop {
            items.push(self.expression(OR)?);
            if self.take_symbol(close) {
                return Ok(items);
            }
            if !self.take_symbol(",") {
                let wanted = format!("`,` 或 `{close}`");
                return Err(self.unexpected(&wanted, &format!("`,` or `{close}`")));
            }
        }
    }

    fn word(&mut self, word: &str, start: Span) -> Result<Ast, ExprError> {
        self.at += 1;
        match word {
            "true" | "false" => return self.node(Kind::Bool(word == "true"), start),
            "empty" => return self.node(Kind::Empty, start),
            "and" | "or" | "in" | "between" | "is" | "where" | "by" => {
                self.at -= 1;
                return Err(self.unexpected("一个值", "a value"));
            }
            _ => {}
        }
        if self.take_symbol("(") {
            if let Some(function) = aggregate_named(word) {
                return self.aggregate(function, start);
            }
            let arguments = self.items(")")?;
            let span = start.to(self.before());
            let name = Word { text: word.to_owned(), span: start };
            return self.node(Kind::Call(name, arguments), span);
        }
        let mut words = vec![Word { text: word.to_owned(), span: start }];
        while self.take_symbol(".") {
            words.push(self.name("字段名", "a field name")?);
        }
        let span = start.to(self.before());
        self.node(Kind::Path(words), span)
    }

    fn aggregate(&mut self, function: AggregateFn, start: Span) -> Result<Ast, ExprError> {
        let object = self.name("对象名", "an object name")?;
        self.expect_word("by")?;
        let by = self.name("引用字段名", "the name of a reference field")?;
        let value = if self.take_symbol(":") { Some(self.expression(OR)?) } else { None };
        let filter = if self.take_word("where") { Some(self.expression(OR)?) } else { None };
        self.expect_symbol(")")?;
        let span = start.to(self.before());
        let inner = AggregateAst { function, object, by, value, filter };
        self.node(Kind::Aggregate(Box::new(inner)), span)
    }
}

enum Infix {
    More(Ast),
    Done(Ast),
}

fn comparison(symbol: &str) -> Option<Comparison> {
    Some(match symbol {
        "=" => Comparison::Eq,
        "!=" => Comparison::Ne,
        "<" => Comparison::Lt,
        "<=" => Comparison::Le,
        ">" => Comparison::Gt,
        ">=" => Comparison::Ge,
        _ => return None,
    })
}

fn arithmetic(symbol: &str) -> Option<(Arithmetic, u8)> {
    Some(match symbol {
        "+" => (Arithmetic::Add, ADD),
        "-" => (Arithmetic::Sub, ADD),
        "*" => (Arithmetic::Mul, MUL),
        "/" => (Arithmetic::Div, MUL),
        "%" => (Arithmetic::Rem, MUL),
        _ => return None,
    })
}

fn unit_micros(word: &str) -> Option<i64> {
    Some(match word {
        "day" | "days" => super::calendar::DAY,
        "hour" | "hours" => 3_600_000_000,
        "minute" | "minutes" => 60_000_000,
        _ => return None,
    })
}

pub(super) fn aggregate_named(word: &str) -> Option<AggregateFn> {
    Some(match word {
        "count" => AggregateFn::Count,
        "count_distinct" => AggregateFn::CountDistinct,
        "sum" => AggregateFn::Sum,
        "min" => AggregateFn::Min,
        "max" => AggregateFn::Max,
        "avg" => AggregateFn::Avg,
        "any" => AggregateFn::Any,
        "all" => AggregateFn::All,
        _ => return None,
    })
}
