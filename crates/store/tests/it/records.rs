//! Records on real databases: written, read, found, refused, deleted, restored.

use schema::expr::{Env, Node, Path};
use schema::{Name, ObjectIx, Slot, Value};
use store::records::{Change, CommitError, IdempotencyRecord, Write};
use store::{Error, Store};
use uuid::Uuid;

use crate::bed::on_both;
use crate::fixture::{
    ENV, insert, load, node, now, number, record, secret, select, slot, store, text, trial, write,
};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn clients(catalogue: &schema::Catalogue) -> Vec<Change> {
    let date = |text: &str| Value::Date(text.parse().unwrap());
    vec![
        insert(
            catalogue,
            "client",
            101,
            &[
                ("name", text("张伟")),
                ("id_number", secret("110101199003078670")),
                ("mobile", text("13800138000")),
                ("born_on", date("1990-03-07")),
                ("assets", number("1000.50")),
                ("score", number("5")),
                ("vip", Value::Bool(true)),
                ("labels", Value::List([text("b"), text("a")].into())),
            ],
        ),
        insert(
            catalogue,
            "client",
            102,
            &[
                ("name", text("王小明")),
                ("mobile", text("13900001111")),
                ("assets", number("20")),
                ("score", number("7")),
                ("referrer", Value::Id(id(101))),
            ],
        ),
        insert(catalogue, "client", 103, &[("name", text("李娜")), ("vip", Value::Bool(false))]),
    ]
}

pub async fn ids(store: &Store, catalogue: &schema::Catalogue, filter: &str) -> Vec<u128> {
    let (ix, _) = catalogue.object("client").unwrap();
    let filter = node(catalogue, ix, filter);
    let mut query = select(ix, vec![node(catalogue, ix, "id")], &ENV);
    query.filter = Some(&filter);
    let rows = store.select(catalogue, &query).await.unwrap();
    rows.iter()
        .map(|row| match row[0] {
            Value::Id(id) => id.as_u128(),
            _ => panic!("no id"),
        })
        .collect()
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        store.commit(&catalogue, write(clients(&catalogue))).await.unwrap();
        let (ix, object) = catalogue.object("client").unwrap();
        let slots: Vec<Slot> = (0..object.fields.len() as u16).map(Slot).collect();
        let read = store.get(&catalogue, ix, id(101), &slots).await.unwrap().unwrap();
        let Change::Insert { values, .. } = &clients(&catalogue)[0] else { panic!() };
        assert_eq!(&read, values);
        let some = [slot(&catalogue, "client", "name")];
        let read = store.get(&catalogue, ix, id(102), &some).await.unwrap().unwrap();
        assert_eq!(read[usize::from(some[0].0)], text("王小明"));
        assert_eq!(read[usize::from(slot(&catalogue, "client", "score").0)], Value::Null);
        assert!(store.get(&catalogue, ix, id(999), &some).await.unwrap().is_none());
    });
}

#[test]
fn filters_find_what_they_say() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        store.commit(&catalogue, write(clients(&catalogue))).await.unwrap();
        let deals = vec![
            insert(
                &catalogue,
                "deal",
                201,
                &[
                    ("client", Value::Link(Name::new("client").unwrap(), id(101))),
                    ("amount", number("10.10")),
                ],
            ),
            insert(
                &catalogue,
                "deal",
                202,
                &[
                    ("client", Value::Link(Name::new("client").unwrap(), id(101))),
                    ("amount", number("5")),
                ],
            ),
        ];
        store.commit(&catalogue, write(deals)).await.unwrap();
        let cases: &[(&str, &[u128])] = &[
            ("name = '张伟'", &[101]),
            ("id_number = '110101199003078670'", &[101]),
            ("id_number in ['110101199003078670', '1']", &[101]),
            ("id_number is empty", &[102, 103]),
            ("assets > 20", &[101]),
            ("assets >= 20.000", &[101, 102]),
            ("assets > 19.999", &[101, 102]),
            ("assets = 20.001", &[]),
            ("assets != 20.001", &[101, 102]),
            ("assets + 1 = 21", &[102]),
            ("half = 10", &[102]),
            ("total = 15.1", &[101]),
            ("total = 0", &[102, 103]),
            ("vip", &[101]),
            ("not vip", &[103]),
            ("vip is empty", &[102]),
            ("score in [5, 6, 7]", &[101, 102]),
            ("not (score in [5, 6])", &[102]),
            ("born_on < date('1990-12-31')", &[101]),
            ("years_between(born_on, today()) = 35", &[101]),
            ("labels is empty", &[102, 103]),
            ("contains(labels, 'a')", &[101]),
            ("'b' in labels", &[101]),
            ("length(labels) = 2", &[101]),
            ("referrer.name = '张伟'", &[102]),
            ("referrer.half > 500", &[102]),
            ("any(deal by client where amount > 6)", &[101]),
            ("count(deal by client) = 2", &[101]),
            ("max(deal by client: amount) > 10", &[101]),
            ("max(deal by client: amount * 2) = 20.2", &[101]),
            ("count(deal by client where amount < outer.assets) = 2", &[101]),
            ("starts_with(name, '王')", &[102]),
            ("contains(name, '小')", &[102]),
            ("name between '张' and '张子'", &[101]),
            ("coalesce(score, 0) < 6", &[101, 103]),
            ("if(vip, 'x', 'y') = 'y'", &[102, 103]),
        ];
        for (filter, expected) in cases {
            assert_eq!(ids(&store, &catalogue, filter).await, *expected, "{filter}");
        }
        let (ix, _) = catalogue.object("client").unwrap();
        let columns = ["name", "half", "total", "labels", "id_number", "referrer.name", "1 / 3"];
        let columns = columns
            .iter()
            .map(|column| match *column {
                "id_number" => Node::Field(Path {
                    steps: vec![],
                    object: ix,
                    slot: slot(&catalogue, "client", column),
                    up: 0,
                }),
                column => node(&catalogue, ix, column),
            })
            .collect();
        let rows = store.select(&catalogue, &select(ix, columns, &ENV)).await.unwrap();
        assert_eq!(
            rows[0],
            vec![
                text("张伟"),
                number("500.25"),
                number("15.1"),
                Value::List([text("b"), text("a")].into()),
                secret("110101199003078670"),
                Value::Null,
                number("0.333333333333"),
            ]
        );
        assert_eq!(rows[1][5], text("张伟"));
    });
}

#[test]
fn search_finds_names_initials_and_tails_within_the_owner() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        store.commit(&catalogue, write(clients(&catalogue))).await.unwrap();
        let (ix, _) = catalogue.object("client").unwrap();
        let find = async |words: &str, owner: Option<Uuid>| {
            let mut query = select(ix, vec![node(&catalogue, ix, "name")], &ENV);
            query.search = Some(words);
            query.owner_hint = owner;
            let rows = store.select(&catalogue, &query).await.unwrap();
            let count = store.count(&catalogue, &query, Some(10)).await.unwrap();
            assert_eq!(count, rows.len() as u64);
            rows.len()
        };
        for (words, found) in [
            ("张伟", 1),
            ("zw", 1),
            ("wangxiao", 1),
            ("8000", 1),
            ("13900001111", 1),
            ("110101199003078670", 1),
            ("8670", 1),
            ("赵", 0),
            ("", 0),
            ("张 8000", 1),
        ] {
            assert_eq!(find(words, None).await, found, "{words}");
        }
        assert_eq!(find("张伟", Some(id(900))).await, 1);
        assert_eq!(find("张伟", Some(id(901))).await, 0);

        let name = slot(&catalogue, "client", "name");
        let mut values = record(&catalogue, "client", 103, &[("name", text("赵四"))]);
        values[3] = Value::Id(id(901));
        let change = Change::Update {
            object: ix,
            expected: 1,
            before: vec![],
            values,
            changed: vec![name, Slot(3)],
        };
        store.commit(&catalogue, write(vec![change])).await.unwrap();
        assert_eq!(find("李娜", None).await, 0);
        assert_eq!(find("赵四", Some(id(901))).await, 1);
    });
}

#[test]
fn commits_are_refused_for_their_reason() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        store.commit(&catalogue, write(clients(&catalogue))).await.unwrap();
        let (ix, _) = catalogue.object("client").unwrap();
        let number_slot = slot(&catalogue, "client", "id_number");

        let twin = insert(
            &catalogue,
            "client",
            110,
            &[("name", text("x")), ("id_number", secret("110101199003078670"))],
        );
        let done = store.commit(&catalogue, write(vec![twin])).await;
        let Err(CommitError::Duplicate { object, constraint, slots }) = done else {
            panic!("{done:?}")
        };
        assert_eq!((object, &*constraint, slots), (ix, "id_number", vec![number_slot]));

        let born = Value::Date("1990-03-07".parse().unwrap());
        let twin = insert(&catalogue, "client", 111, &[("name", text("张伟")), ("born_on", born)]);
        let done = store.commit(&catalogue, write(vec![twin])).await;
        let Err(CommitError::Duplicate { constraint, .. }) = done else { panic!("{done:?}") };
        assert_eq!(&*constraint, "name_born");

        let values = record(&catalogue, "client", 102, &[("name", text("王"))]);
        let name = slot(&catalogue, "client", "name");
        let change = |expected| Change::Update {
            object: ix,
            expected,
            before: vec![],
            values: values.clone(),
            changed: vec![name],
        };
        store.commit(&catalogue, write(vec![change(1)])).await.unwrap();
        let done = store.commit(&catalogue, write(vec![change(1)])).await;
        assert!(matches!(done, Err(CommitError::Stale { .. })), "{done:?}");
        let read = store.get(&catalogue, ix, id(102), &[name]).await.unwrap().unwrap();
        assert_eq!((&read[1], &read[usize::from(name.0)]), (&number("2"), &text("王")));

        let guarded = Write { guards: vec![(ix, id(102), 1)], ..write(vec![]) };
        let done = store.commit(&catalogue, guarded).await;
        assert!(matches!(done, Err(CommitError::Stale { .. })), "{done:?}");

        let keyed = |id: u128, digest: u8| Write {
            idempotency: Some(IdempotencyRecord {
                actor: Uuid::from_u128(1),
                key: "k".into(),
                digest: vec![digest],
                answer: b"first".to_vec(),
                created_at: now(),
                expires_at: now(),
            }),
            ..write(vec![insert(&catalogue, "client", id, &[("name", text("k"))])])
        };
        store.commit(&catalogue, keyed(120, 1)).await.unwrap();
        let done = store.commit(&catalogue, keyed(121, 1)).await;
        assert!(matches!(&done, Err(CommitError::Replayed(a)) if a == b"first"), "{done:?}");
        let done = store.commit(&catalogue, keyed(122, 2)).await;
        assert!(matches!(&done, Err(CommitError::Store(Error::Refused(_)))), "{done:?}");
        assert!(store.get(&catalogue, ix, id(121), &[]).await.unwrap().is_none());
    });
}

#[test]
fn a_deleted_record_comes_back_whole() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        store.commit(&catalogue, write(clients(&catalogue))).await.unwrap();
        let (ix, object) = catalogue.object("client").unwrap();
        let slots: Vec<Slot> = (0..object.fields.len() as u16).map(Slot).collect();
        let image = store.get(&catalogue, ix, id(101), &slots).await.unwrap().unwrap();
        let delete = Change::Delete { object: ix, id: id(101), expected: 1, image: image.clone() };
        store.commit(&catalogue, write(vec![delete.clone()])).await.unwrap();
        assert!(store.get(&catalogue, ix, id(101), &[]).await.unwrap().is_none());
        assert!(store.commit(&catalogue, write(vec![delete])).await.is_err());
        assert_eq!(store.trash(&catalogue, ix, None, 10).await.unwrap().len(), 1);

        let values = store.trashed(&catalogue, ix, id(101)).await.unwrap().unwrap();
        assert_eq!(values, image);
        let restore = Change::Restore { object: ix, values };
        store.commit(&catalogue, write(vec![restore.clone()])).await.unwrap();
        assert_eq!(store.get(&catalogue, ix, id(101), &slots).await.unwrap().unwrap(), image);
        assert!(store.commit(&catalogue, write(vec![restore])).await.is_err());
    });
}

async fn subtree(store: &Store, root: u128) -> Vec<u128> {
    let sql =
        "SELECT descendant FROM jy_org_closure WHERE ancestor = $1 ORDER BY depth, descendant";
    let rows = store.db().read(sql, &[id(root).into()]).await.unwrap();
    rows.iter().map(|row| row[0].uuid().unwrap().as_u128()).collect()
}

#[test]
fn moving_a_unit_moves_what_is_below_it() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        let (ix, _) = catalogue.object("org_unit").unwrap();
        let parent = slot(&catalogue, "org_unit", "parent");
        let fields = |parent: u128| {
            let parent = if parent == 0 { Value::Null } else { Value::Id(id(parent)) };
            [("name", text("u")), ("parent", parent)]
        };
        let units = [(1, 0), (2, 1), (3, 1), (4, 2), (5, 4)];
        let changes =
            units.iter().map(|(id, up)| insert(&catalogue, "org_unit", *id, &fields(*up)));
        store.commit(&catalogue, write(changes.collect())).await.unwrap();
        assert_eq!(subtree(&store, 1).await, [1, 2, 3, 4, 5]);
        assert_eq!(subtree(&store, 2).await, [2, 4, 5]);
        let moved = |unit: u128, to: u128, expected| {
            let values = record(&catalogue, "org_unit", unit, &fields(to));
            write(vec![Change::Update {
                object: ix,
                expected,
                before: vec![],
                values,
                changed: vec![parent],
            }])
        };
        store.commit(&catalogue, moved(4, 3, 1)).await.unwrap();
        assert_eq!(subtree(&store, 2).await, [2]);
        assert_eq!(subtree(&store, 3).await, [3, 4, 5]);
        assert_eq!(subtree(&store, 1).await, [1, 2, 3, 4, 5]);
        let done = store.commit(&catalogue, moved(3, 5, 1)).await;
        assert!(matches!(done, Err(CommitError::Store(Error::Cycle))), "{done:?}");
        store.commit(&catalogue, moved(3, 0, 1)).await.unwrap();
        assert_eq!(subtree(&store, 1).await, [1, 2]);

        let many: Vec<Uuid> = (1000..1100).map(id).collect();
        let units = [id(3)];
        let env = Env { units: &units, subtree: &many, ..ENV };
        let (client, _) = catalogue.object("client").unwrap();
        let mut change = insert(&catalogue, "client", 1, &[("name", text("x"))]);
        if let Change::Insert { values, .. } = &mut change {
            values[2] = Value::Id(id(5));
        }
        store.commit(&catalogue, write(vec![change])).await.unwrap();
        let scope = node(&catalogue, client, "org_unit in my_subtree");
        let mut query = select(client, vec![node(&catalogue, client, "name")], &env);
        query.scope = Some(scope.clone());
        assert_eq!(store.select(&catalogue, &query).await.unwrap().len(), 1);
        let few = [id(6), id(7), id(8)];
        let env = Env { units: &units, subtree: &few, ..ENV };
        let mut query = select(client, vec![node(&catalogue, client, "name")], &env);
        query.scope = Some(scope);
        assert_eq!(store.select(&catalogue, &query).await.unwrap().len(), 0);
    });
}

#[test]
fn many_records_go_in_at_once_and_numbers_do_not_repeat() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        let changes = (0..333_u128).map(|n| {
            let tags = Value::List([text("t"), text(&format!("t{n}"))].into());
            insert(
                &catalogue,
                "client",
                1000 + n,
                &[
                    ("name", text(&format!("客{n}"))),
                    ("mobile", text(&format!("1380000{n:04}"))),
                    ("labels", tags),
                ],
            )
        });
        store.commit(&catalogue, write(changes.collect())).await.unwrap();
        let (ix, _) = catalogue.object("client").unwrap();
        let all = select(ix, vec![], &ENV);
        assert_eq!(store.count(&catalogue, &all, None).await.unwrap(), 333);
        assert_eq!(store.count(&catalogue, &all, Some(100)).await.unwrap(), 100);
        let mut found = select(ix, vec![node(&catalogue, ix, "labels")], &ENV);
        found.search = Some("0123");
        let rows = store.select(&catalogue, &found).await.unwrap();
        assert_eq!(rows, [vec![Value::List([text("t"), text("t123")].into())]]);

        let (object, field) = (Name::new("client").unwrap(), Name::new("no").unwrap());
        assert_eq!(store.next_number(&object, &field).await.unwrap(), 1);
        assert_eq!(store.next_numbers(&object, &field, 1500).await.unwrap(), 1001);
        assert_eq!(store.next_number(&object, &field).await.unwrap(), 2501);

        let done = store.reindex(&catalogue, ix, None, 200).await.unwrap();
        let done = store.reindex(&catalogue, ix, done.cursor, 200).await.unwrap();
        assert_eq!((done.done, done.cursor), (133, None));
        assert_eq!(store.select(&catalogue, &found).await.unwrap().len(), 1);

        let mut stream =
            store.stream(&catalogue, &Select1(ix, &catalogue).all(), 50).await.unwrap();
        let mut count = 0;
        while let Some(rows) = stream.next().await {
            count += rows.unwrap().len();
        }
        assert_eq!(count, 333);
    });
}

struct Select1<'a>(ObjectIx, &'a schema::Catalogue);
impl Select1<'_> {
    fn all(&self) -> store::records::Select<'static> {
        let mut all = select(self.0, vec![node(self.1, self.0, "name")], &ENV);
        all.limit = 1_000_000;
        all
    }
}
