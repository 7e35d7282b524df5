//! Publishing onto a database that holds records.

use store::Error;

use crate::bed::on_both;
use crate::fixture::{insert, load, publish, store, text, trial, write};
use crate::records::{clients, ids};

#[test]
fn a_publish_adds_and_refuses() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        store.commit(&catalogue, write(clients(&catalogue))).await.unwrap();
        assert!(store.plan(&catalogue, &catalogue).await.unwrap().is_empty());
        assert_eq!(store.published_version().await.unwrap(), 1);

        let changed = |from: &str, to: &str| {
            let mut files = trial();
            let client = files[0].files.get_mut("objects/client.toml").unwrap();
            *client = client.replace(from, to);
            load(&files)
        };
        let scaled = changed("scale = 0", "scale = 2");
        let refused = store.plan(&catalogue, &scaled).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");

        let more = "[fields.remark]\ntype = \"text\"\nunique = true\n\
                    label = { zh = \"注\", en = \"Remark\" }\n[fields.half]";
        let next = changed("[fields.half]", more);
        let plan = store.publish(&catalogue, &next, publish(2)).await.unwrap();
        assert_eq!(plan.len(), 2, "{plan:?}");
        let again = store.publish(&next, &next, publish(2)).await;
        assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
        let same = insert(&next, "client", 104, &[("name", text("n")), ("remark", text("r"))]);
        store.commit(&next, write(vec![same])).await.unwrap();
        assert_eq!(ids(&store, &next, "remark = 'r'").await, [104]);

        store
            .commit(&next, write(vec![insert(&next, "client", 105, &[("name", text("n"))])]))
            .await
            .unwrap();
        let strict =
            changed("required = true\nsearch = \"name\"", "unique = true\nsearch = \"name\"");
        let refused = store.publish(&next, &strict, publish(3)).await;
        let Err(Error::Refused(reason)) = refused else { panic!("{refused:?}") };
        assert!(reason.contains("`n` (2 times)"), "{reason}");
        assert_eq!(store.published_version().await.unwrap(), 2);
    });
}
