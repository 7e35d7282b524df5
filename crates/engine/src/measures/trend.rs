//! What the record on a page has or moves, month by month.

use jiff::ToSpan as _;
use schema::ObjectIx;
use schema::catalogue::TrendPart;
use serde::Serialize;
use uuid::Uuid;

use super::reach;
use super::read::{MeasureInfo, groups, info};
use super::series::{Series, Span, Wanted, points};
use crate::Error;
use crate::write::Context;

/// A measure over the last months, and those that may be asked for in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trend {
    /// What can be asked for, in the layout's order; the first is what `series` tells.
    pub measures: Vec<MeasureInfo>,
    /// Months, this one too.
    pub months: u8,
    /// The months in order.
    pub series: Series,
}

impl Context<'_> {
    /// What a page shows of a record that the actor sees; nothing where they may read none of the
    /// measures.
    ///
    /// Costs two queries for each kind of carrier of the first measure, and one for each 200 carriers;
    /// for a group two more.
    pub(crate) async fn trend(
        &self,
        of: (ObjectIx, Uuid),
        part: &TrendPart,
    ) -> Result<Option<Trend>, Error> {
        let catalogue = self.catalogue;
        let named = part.measures.iter().filter_map(|name| catalogue.measures.get(name));
        let kept = named.filter(|measure| {
            reach::subjects(catalogue, measure).contains(&of.0)
                || groups(catalogue, measure).contains(&of.0)
        });
        let read: Vec<_> =
            kept.filter(|m| reach::may_read(catalogue, self.actor.rights(), m)).collect();
        let Some(measure) = read.first() else { return Ok(None) };
        let to = self.moment.today;
        let back = to.first_of_month().checked_sub((i32::from(part.months) - 1).months());
        let from = back.unwrap_or(to);
        let wanted = Wanted { from, to, by: Span::Month, split: false, average: false };
        let (complete, classes) = self.of_seen(measure, of, wanted).await?;
        let series = Series {
            measure: measure.name.to_string(),
            currency: measure.currency.clone(),
            complete,
            points: points(measure, &classes, wanted),
        };
        let measures = read.iter().map(|measure| info(catalogue, measure)).collect();
        Ok(Some(Trend { measures, months: part.months, series }))
    }
}
