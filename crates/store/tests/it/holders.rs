//! Who holds the values of a constraint over several fields.

use schema::Value;
use schema::catalogue::Unique;
use uuid::Uuid;

use crate::bed::on_both;
use crate::fixture::{load, store, text, trial, write};
use crate::records::clients;

#[test]
fn each_row_of_values_is_looked_up_by_itself() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        store.commit(&catalogue, write(clients(&catalogue))).await.unwrap();
        let (ix, client) = catalogue.object("client").unwrap();
        let unique: &Unique = &client.uniques[0];
        let born = |day: &str| Value::Date(day.parse().unwrap());
        let held = vec![text("张伟"), born("1990-03-07")];
        let rows = [
            vec![text("张伟"), born("1990-03-08")],
            held.clone(),
            vec![text("无此人"), born("1990-03-07")],
            vec![text("张伟"), Value::Null],
        ];
        let holders = store.holders(&catalogue, ix, unique, &rows).await.unwrap();
        assert_eq!(holders, [None, Some(Uuid::from_u128(101)), None, None]);

        // More than one statement takes.
        let mut many = vec![vec![text("无此人"), born("1990-03-07")]; 600];
        many[599] = held;
        let holders = store.holders(&catalogue, ix, unique, &many).await.unwrap();
        assert_eq!(holders.iter().flatten().count(), 1);
        assert_eq!(holders[599], Some(Uuid::from_u128(101)));
        assert!(store.holders(&catalogue, ix, unique, &[]).await.unwrap().is_empty());
    });
}
