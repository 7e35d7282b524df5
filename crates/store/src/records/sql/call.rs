//! Calls of the function table.

use schema::Value;
use schema::expr::{Function, Node};

use super::{Compiler, Rep, Sql, unsupported};
use crate::Error;
use crate::db::Dialect;

impl Compiler<'_> {
    pub(crate) fn call(&mut self, function: Function, arguments: &[Node]) -> Result<Sql, Error> {
        match function {
            Function::Today => self.literal(&Value::Date(self.env.today)),
            Function::Now => self.literal(&Value::Instant(self.env.now)),
            Function::YearsBetween => self.between("jy_years_between", arguments),
            Function::MonthsBetween => self.between("jy_months_between", arguments),
            Function::DaysBetween => {
                let [from, to] = self.two(arguments)?;
                let text = format!("({} - {})", self.as_days(to)?, self.as_days(from)?);
                Ok(Sql::new(Rep::Scaled(0), text))
            }
            Function::AddDays => self.moved("jy_add_days", arguments),
            Function::AddMonths => self.moved("jy_add_months", arguments),
            Function::AddYears => self.moved("jy_add_years", arguments),
            Function::Year => self.of_date("jy_year", Rep::Scaled(0), arguments),
            Function::Month => self.of_date("jy_month", Rep::Scaled(0), arguments),
            Function::Day => self.of_date("jy_day", Rep::Scaled(0), arguments),
            Function::StartOfMonth => self.of_date("jy_month_start", Rep::Days, arguments),
            Function::EndOfMonth => self.of_date("jy_month_end", Rep::Days, arguments),
            Function::DateOf => {
                let [at] = self.one(arguments)?;
                Ok(Sql::new(Rep::Days, format!("jy_date_of({})", self.as_micros(at)?)))
            }
            Function::Length => self.length(arguments),
            Function::Lower => self.of_text("lower", arguments),
            Function::Upper => self.of_text("upper", arguments),
            Function::Trim => self.of_text("jy_trim", arguments),
            Function::Contains | Function::StartsWith | Function::EndsWith => {
                self.part_of(function, arguments)
            }
            Function::Left => self.cut("jy_left", arguments),
            Function::Right => self.cut("jy_right", arguments),
            Function::Concat => self.concat(arguments),
            Function::Abs => self.of_number("jy_abs", arguments),
            Function::Floor => self.of_number("jy_floor", arguments),
            Function::Ceiling => self.of_number("jy_ceiling", arguments),
            Function::Round => {
                let [number, digits] = self.two(arguments)?;
                let (number, digits) = (self.as_number(number)?, self.as_number(digits)?);
                Ok(Sql::new(Rep::Number, format!("jy_round({number}, {digits})")))
            }
            Function::Least => self.several("jy_least", "LEAST", arguments),
            Function::Greatest => self.several("jy_greatest", "GREATEST", arguments),
            Function::Coalesce => self.several("coalesce", "coalesce", arguments),
            Function::IdBirthDate => self.of_id("jy_id_birth_date", Rep::Days, arguments),
            Function::IdSex => self.of_id("jy_id_sex", Rep::Text, arguments),
            Function::IdRegion => self.of_id("jy_id_region", Rep::Text, arguments),
            Function::ObjectOf => self.object_of(arguments),
            Function::Under => self.under(arguments),
        }
    }

    fn one(&mut self, arguments: &[Node]) -> Result<[Sql; 1], Error> {
        let [a] = arguments else { return unsupported("a call with other arguments") };
        Ok([self.node(a)?])
    }

    fn two(&mut self, arguments: &[Node]) -> Result<[Sql; 2], Error> {
        let [a, b] = arguments else { return unsupported("a call with other arguments") };
        Ok([self.node(a)?, self.node(b)?])
    }

    fn between(&mut self, name: &str, arguments: &[Node]) -> Result<Sql, Error> {
        let [from, to] = self.two(arguments)?;
        let text = format!("{name}({}, {})", self.as_days(from)?, self.as_days(to)?);
        Ok(Sql::new(Rep::Scaled(0), text))
    }

    fn moved(&mut self, name: &str, arguments: &[Node]) -> Result<Sql, Error> {
        let [date, count] = self.two(arguments)?;
        let text = format!("{name}({}, {})", self.as_days(date)?, self.as_number(count)?);
        Ok(Sql::new(Rep::Days, text))
    }

    fn of_date(&mut self, name: &str, rep: Rep, arguments: &[Node]) -> Result<Sql, Error> {
        let [date] = self.one(arguments)?;
        Ok(Sql::new(rep, format!("{name}({})", self.as_days(date)?)))
    }

    fn of_number(&mut self, name: &str, arguments: &[Node]) -> Result<Sql, Error> {
        let [number] = self.one(arguments)?;
        Ok(Sql::new(Rep::Number, format!("{name}({})", self.as_number(number)?)))
    }

    fn of_text(&mut self, name: &str, arguments: &[Node]) -> Result<Sql, Error> {
        let [text] = self.one(arguments)?;
        let text = self.as_text(text)?;
        // In the "C" collation only ASCII letters have two cases.
        let text = match self.dialect {
            Dialect::Postgres if name != "jy_trim" => format!("({text}) COLLATE \"C\""),
            _ => text,
        };
        Ok(Sql::new(Rep::Text, format!("NULLIF({name}({text}), '')")))
    }

    fn of_id(&mut self, name: &str, rep: Rep, arguments: &[Node]) -> Result<Sql, Error> {
        let [id] = self.one(arguments)?;
        Ok(Sql::new(rep, format!("{name}({})", self.as_text(id)?)))
    }

    fn cut(&mut self, name: &str, arguments: &[Node]) -> Result<Sql, Error> {
        let [text, count] = self.two(arguments)?;
        let (text, count) = (self.as_text(text)?, self.as_number(count)?);
        Ok(Sql::new(Rep::Text, format!("NULLIF({name}({text}, {count}), '')")))
    }

    fn concat(&mut self, arguments: &[Node]) -> Result<Sql, Error> {
        let mut parts = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let part = self.node(argument)?;
            parts.push(format!("coalesce({}, '')", self.as_text(part)?));
        }
        if parts.is_empty() {
            return self.literal(&Value::Null);
        }
        Ok(Sql::new(Rep::Text, format!("NULLIF({}, '')", parts.join(" || "))))
    }

    fn length(&mut self, arguments: &[Node]) -> Result<Sql, Error> {
        let Some(first) = arguments.first() else { return unsupported("a call") };
        if let Some(value @ Value::List(_)) = self.constant(first) {
            let call = Node::Call(Function::Length, vec![Node::Literal(value)]);
            let value = call.eval(&super::Nothing, self.env);
            return self.literal(&value);
        }
        let text = self.node(first)?;
        if let Rep::List(object, slot) = text.rep {
            let table = self.list_table(object, slot)?;
            let count = format!("(SELECT count(*) FROM {table} WHERE record = {})", text.text);
            return Ok(Sql::new(Rep::Scaled(0), count));
        }
        let name = if self.dialect == Dialect::Sqlite { "length" } else { "char_length" };
        Ok(Sql::new(Rep::Scaled(0), format!("{name}({})", self.as_text(text)?)))
    }

    fn part_of(&mut self, function: Function, arguments: &[Node]) -> Result<Sql, Error> {
        let [whole, part] = arguments else { return unsupported("a call") };
        if let (Function::Contains, Some(list @ Value::List(_))) = (function, self.constant(whole))
        {
            return self.membership(part, &Node::Literal(list));
        }
        let whole = self.node(whole)?;
        if let (Function::Contains, Rep::List(..)) = (function, whole.rep) {
            return Ok(Sql::new(Rep::Condition, self.listed(&whole, part)?));
        }
        if let (Function::EndsWith, Rep::Sealed(object, slot)) = (function, whole.rep) {
            let ending = match self.constant(part) {
                Some(Value::Text(text)) => text,
                _ => return unsupported("an ending of an encrypted field that varies"),
            };
            return Ok(Sql::new(Rep::Condition, self.tailed(&whole, object, slot, &ending)?));
        }
        let name = match function {
            Function::Contains => "jy_contains",
            Function::StartsWith => "jy_starts_with",
            _ => "jy_ends_with",
        };
        let part = self.node(part)?;
        let (whole, part) = (self.as_text(whole)?, self.as_text(part)?);
        Ok(Sql::new(Rep::Condition, format!("{name}({whole}, {part})")))
    }

    fn several(&mut self, sqlite: &str, postgres: &str, arguments: &[Node]) -> Result<Sql, Error> {
        let mut parts = Vec::with_capacity(arguments.len());
        for argument in arguments {
            parts.push(self.node(argument)?);
        }
        let (rep, texts) = self.unified(parts)?;
        let name = if self.dialect == Dialect::Sqlite { sqlite } else { postgres };
        Ok(match texts.as_slice() {
            [] => return self.literal(&Value::Null),
            _ if rep == Rep::Empty => Sql::new(Rep::Empty, "NULL"),
            [one] => Sql::new(rep, one.clone()),
            several => Sql::new(rep, format!("{name}({})", several.join(", "))),
        })
    }

    fn object_of(&mut self, arguments: &[Node]) -> Result<Sql, Error> {
        use schema::field::Storage;
        let [Node::Field(path)] = arguments else { return unsupported("the object of that") };
        let place = self.place(path)?;
        let column = self.column(&place)?;
        if column.storage != Storage::Link {
            return unsupported("the object of a reference that has one");
        }
        let name = super::super::names::quoted(&format!("{}__object", column.field));
        Ok(Sql::new(Rep::Text, format!("{}.{name}", place.alias)))
    }

    fn under(&mut self, arguments: &[Node]) -> Result<Sql, Error> {
        let [code, ancestor, below @ ..] = arguments else { return unsupported("a call") };
        if let Some(Value::List(below)) = below.first().and_then(|node| self.constant(node)) {
            // The tree's own list decides, once both sides are there.
            let found = self.membership(code, &Node::Literal(Value::List(below)))?.text;
            if self.constant(ancestor).is_some_and(|value| !value.is_empty()) {
                return Ok(Sql::new(Rep::Condition, found));
            }
            let ancestor = self.node(ancestor)?;
            let text = format!("(CASE WHEN {} IS NOT NULL THEN {found} END)", ancestor.text);
            return Ok(Sql::new(Rep::Condition, text));
        }
        let (code, ancestor) = (self.node(code)?, self.node(ancestor)?);
        let (code, ancestor) = (self.as_text(code)?, self.as_text(ancestor)?);
        Ok(Sql::new(Rep::Condition, format!("jy_under({code}, {ancestor})")))
    }
}
