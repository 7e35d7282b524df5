//! Groups and measures of them.

use schema::Value;
use schema::expr::Path;
use schema::query::{Bucket, MeasureFn};
use store::records::AggregateQuery;

use crate::bed::on_both;
use crate::fixture::{ENV, load, number, select, slot, store, trial, write};
use crate::records::clients;

#[test]
fn groups_count_and_measure() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        store.commit(&catalogue, write(clients(&catalogue))).await.unwrap();
        let (ix, _) = catalogue.object("client").unwrap();
        let path = |field: &str| Path {
            steps: vec![],
            object: ix,
            slot: slot(&catalogue, "client", field),
            up: 0,
        };
        let query = AggregateQuery {
            rows: select(ix, vec![], &ENV),
            keys: vec![(path("vip"), Bucket::None)],
            measures: vec![
                (MeasureFn::Count, None),
                (MeasureFn::Sum, Some(path("assets"))),
                (MeasureFn::Avg, Some(path("assets"))),
                (MeasureFn::Max, Some(path("score"))),
            ],
        };
        let different = AggregateQuery {
            rows: select(ix, vec![], &ENV),
            keys: Vec::new(),
            measures: ["assets", "score", "name"]
                .map(|field| (MeasureFn::CountDistinct, Some(path(field))))
                .to_vec(),
        };
        let counted = store.aggregate(&catalogue, &different).await.unwrap();
        assert_eq!(counted, [[number("2"), number("2"), number("3")]]);
        let rows = store.aggregate(&catalogue, &query).await.unwrap();
        assert_eq!(
            rows,
            [
                vec![Value::Null, number("1"), number("20"), number("20"), number("7")],
                vec![Value::Bool(false), number("1"), number("0"), Value::Null, Value::Null],
                vec![
                    Value::Bool(true),
                    number("1"),
                    number("1000.5"),
                    number("1000.5"),
                    number("5")
                ],
            ]
        );
        for (bucket, expected) in [
            (Bucket::Day, "1990-03-07"),
            (Bucket::Month, "1990-03-01"),
            (Bucket::Quarter, "1990-01-01"),
            (Bucket::Year, "1990-01-01"),
        ] {
            let query = AggregateQuery {
                rows: select(ix, vec![], &ENV),
                keys: vec![(path("born_on"), bucket)],
                measures: vec![(MeasureFn::Count, None)],
            };
            let rows = store.aggregate(&catalogue, &query).await.unwrap();
            let day = Value::Date(expected.parse().unwrap());
            assert_eq!(rows, [vec![Value::Null, number("2")], vec![day, number("1")]]);
        }
    });
}
