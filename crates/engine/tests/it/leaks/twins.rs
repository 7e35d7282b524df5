//! Exits about records that seem to be the same.

use engine::Change;
use serde_json::{Map, Value as Json};

use super::Watch;
use super::exits::{Said, json_of, tell};
use super::plant::Planted;

/// Asks for what is like a planted record, by the values themselves: the worst a guesser can do.
pub async fn duplicates(watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let engine = watch.engine();
    let platform = engine.system(None, "test");
    let object = planted.object.as_str();
    let whole = engine.get(&platform, object, planted.id, false).await.unwrap();
    let values: Map<String, Json> = whole
        .fields()
        .filter(|field| !whole.is_masked(field))
        .filter_map(|field| Some((field.to_owned(), whole.get(field)?)))
        .collect();
    let found = engine.duplicates(&watch.actor, object, &values, None).await;
    tell(said, found, json_of);
}

/// Notes a pair of planted records as if it had been found, and asks for the pairs.
pub async fn pairs(watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let engine = watch.engine();
    let same = watch.garden.records.iter().filter(|other| other.ix == planted.ix);
    let ids: Vec<uuid::Uuid> = same.map(|other| other.id).collect();
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return };
    let (one, other) = store::pairs::ordered((*first, *last));
    let pair = store::pairs::Pair {
        one,
        other,
        score: 95,
        why: "[[\"same_mobile\",100],[\"same_id_number\",100]]".into(),
        state: store::pairs::PairState::Open,
        found_at: engine.now(),
        decided_at: None,
        decided_by: None,
        reason: None,
    };
    let object = planted.object.as_str();
    engine.store().db().run(vec![store::pairs::found(object, &pair)]).await.unwrap();
    let open = store::pairs::PairState::Open;
    let found = engine.duplicate_pairs(&watch.actor, object, open, (None, 50)).await;
    tell(said, found, json_of);
}

/// Tries to merge a planted record with one that does not exist, and asks for its merges.
pub async fn merged(watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let (engine, actor) = (watch.engine(), &watch.actor);
    let (object, id) = (planted.object.clone(), planted.id);
    let catalogue = engine.catalogue();
    let take = catalogue.at(planted.ix).unwrap().fields.keys().cloned().collect();
    let versions = (Some(999), None);
    let loser = uuid::Uuid::from_u128(7);
    let asked = Change::Merge { object: object.clone(), id, loser, versions, take };
    tell(said, engine.submit(actor, asked.into()).await, |o| json_of(&o.view));
    let list = engine.merges(actor, object.as_str(), id).await;
    tell(said, list, |merges| format!("{merges:?}"));
    let all = engine.merges_of(actor, object.as_str(), None, 50).await;
    tell(said, all, |page| format!("{page:?}"));
}
