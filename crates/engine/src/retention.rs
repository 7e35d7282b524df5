//! Retention: why a record must be kept, and until when, by its object's rules.
//!
//! Rules are expressions over the record, with dated parameters for what the law says. A record that
//! is kept may not be deleted; what asks for its erasure locks it instead.

use std::cmp::Ordering;

use kernel::Date;
use schema::Value;
use schema::catalogue::{Label, Language};
use schema::keeping::Retention;
use store::Boxed;

use crate::write::{At, Context, Facts, Needs, Subject, targets};
use crate::{Error, Refusal};

/// How many records a rule may lead through.
const DEPTH: u8 = 3;

/// Which rules count: all, or those that also forbid a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heed {
    All,
    Strict,
}

/// What keeps a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptFor {
    /// The rule's name for people.
    pub label: Label,
    /// The last day; none while there is no telling.
    pub until: Option<Date>,
}

impl KeptFor {
    /// Which of two keeps longer: without a day is longest.
    fn longer(&self, other: &KeptFor) -> Ordering {
        match (self.until, other.until) {
            (Some(a), Some(b)) => a.cmp(&b),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (None, None) => Ordering::Equal,
        }
    }
}

impl Context<'_> {
    /// Refuses to let a record go that must be kept, naming the day.
    pub(crate) async fn may_go(&self, of: Subject<'_>, values: &[Value]) -> Result<(), Error> {
        match self.kept_by(of, values, (0, Heed::Strict)).await? {
            None => Ok(()),
            Some(kept) => Err(self.retained(of, &kept).into()),
        }
    }

    /// The refusal that says what keeps a record.
    pub(crate) fn retained(&self, (_, object): Subject<'_>, kept: &KeptFor) -> Refusal {
        let language = self.actor.language;
        let (object, rule) = (object.label.get(language), kept.label.get(language));
        let reason = match (language, kept.until) {
            (Language::Zh, Some(day)) => format!("{object}须保存至 {day}（{rule}），届时方可删除"),
            (Language::Zh, None) => format!("{object}须保存（{rule}），保存期尚未起算或未解除"),
            (Language::En, Some(day)) => {
                format!("this {object} must be kept until {day} ({rule}); delete it after that")
            }
            (Language::En, None) => {
                format!("this {object} must be kept ({rule}), and no last day is known yet")
            }
        };
        Refusal::Conflict { code: "retained", reason }
    }

    /// What keeps a record from being erased today; nothing when it may go.
    pub(crate) async fn kept_for(
        &self,
        of: Subject<'_>,
        values: &[Value],
    ) -> Result<Option<KeptFor>, Error> {
        self.kept_by(of, values, (0, Heed::All)).await
    }

    /// Which of some rules keeps a record longest.
    fn kept_by<'b>(
        &'b self,
        (ix, object): Subject<'b>,
        values: &'b [Value],
        (depth, heed): (u8, Heed),
    ) -> Boxed<'b, Result<Option<KeptFor>, Error>> {
        Box::pin(async move {
            if object.retentions.is_empty() || depth > DEPTH {
                return Ok(None);
            }
            let mut needs = Needs::default();
            for rule in &object.retentions {
                for expr in [&rule.when, &rule.until].into_iter().flatten() {
                    needs.add(self.catalogue, ix, &expr.root);
                }
            }
            let at = At { object: ix, values, stored: true, pending: None };
            let known = needs.load(self, at).await?;
            let facts = Facts::new(self.catalogue, ix, values, &self.env, known);
            let mut longest: Option<KeptFor> = None;
            let heeded = |rule: &&Retention| heed == Heed::All || !rule.deletable;
            for rule in object.retentions.iter().filter(heeded) {
                if rule.when.as_ref().is_some_and(|when| !facts.holds(&when.root)) {
                    continue;
                }
                let kept = match &rule.with {
                    Some(_) => self.kept_with((ix, object), values, rule, depth).await?,
                    None => Some(KeptFor {
                        label: rule.label.clone(),
                        until: rule.until.as_ref().and_then(|until| {
                            match until.eval(&facts, &self.env) {
                                Value::Date(day) => Some(day),
                                _ => None,
                            }
                        }),
                    }),
                };
                let kept =
                    kept.filter(|kept| kept.until.is_none_or(|day| day >= self.moment.today));
                longest = match (longest, kept) {
                    (Some(a), Some(b)) if b.longer(&a) == Ordering::Greater => Some(b),
                    (None, kept) => kept,
                    (longest, _) => longest,
                };
            }
            Ok(longest)
        })
    }

    /// What keeps the record that a rule's reference leads to.
    async fn kept_with(
        &self,
        (ix, object): Subject<'_>,
        values: &[Value],
        rule: &Retention,
        depth: u8,
    ) -> Result<Option<KeptFor>, Error> {
        let Some(slot) = rule.with.as_ref().and_then(|name| object.slot_of(name)) else {
            return Ok(None);
        };
        let value = values.get(usize::from(slot.0)).unwrap_or(&Value::Null);
        for (to, id) in targets(self.catalogue, ix, slot, value) {
            let Some(target) = self.catalogue.at(to) else { continue };
            let slots: Vec<_> = target.slots().map(|(slot, _)| slot).collect();
            let stored = self.engine.store().get(self.catalogue, to, id, &slots).await?;
            if let Some(stored) = stored
                && let Some(kept) =
                    self.kept_by((to, target), &stored, (depth + 1, Heed::All)).await?
            {
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }
}
