//! Measures as an exit: a sum over one record gives its value away.

use engine::measures::{MeasureOf, MeasureQuery, PartsOf, Span};

use super::Watch;
use super::exits::{Said, tell};

/// Asks every measure for every planted record, owner and unit.
pub async fn through(watch: &Watch<'_>, said: &mut Said) {
    let catalogue = watch.engine().catalogue();
    let garden = watch.garden;
    let mut whom = vec![
        MeasureOf::All,
        MeasureOf::Unit(garden.unit, true),
        MeasureOf::Owner(garden.me),
        MeasureOf::Owner(garden.stranger),
    ];
    let records = garden.records.iter();
    whom.extend(records.map(|one| MeasureOf::Record(one.object.to_string(), one.id)));
    for measure in catalogue.measures.keys() {
        for of in &whom {
            let to = kernel::time::business_date(watch.engine().now());
            let query = MeasureQuery {
                measure: measure.to_string(),
                of: of.clone(),
                from: to,
                to,
                by: Span::Month,
                split: true,
                average: false,
            };
            let series = watch.engine().measure(&watch.actor, &query).await;
            tell(said, series, |series| serde_json::to_string(series).unwrap());
        }
        let day = kernel::time::business_date(watch.engine().now());
        let unit = garden.unit;
        for of in [
            PartsOf::All,
            PartsOf::Units(unit),
            PartsOf::Owners(unit),
            PartsOf::Subjects(garden.me, None),
            PartsOf::Subjects(garden.me, Some(unit)),
            PartsOf::Subjects(garden.stranger, None),
            PartsOf::Subjects(garden.stranger, Some(unit)),
        ] {
            let parts = watch.engine().measure_parts(&watch.actor, measure.as_str(), of, day).await;
            tell(said, parts, |parts| serde_json::to_string(parts).unwrap());
        }
    }
}
