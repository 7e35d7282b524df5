//! Credentials, sessions, API keys, shares and quotas.

use kernel::Instant;
use store::access::*;
use store::keys::{Algorithms, Keys};
use store::migrate::migrate;
use store::{Cell, ScriptError, Step};
use uuid::Uuid;

use crate::bed::on_both;

fn at(second: i64) -> Instant {
    Instant::from_second(1_700_000_000 + second).unwrap()
}

const USER: Uuid = Uuid::from_u128(7);

#[test]
fn a_credential_counts_failures_remembers_five_passwords_and_seals_the_second_factor() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        let keys = Keys::in_memory(Algorithms::default()).unwrap();
        assert_eq!(credential(&db, USER).await.unwrap(), None);
        for n in 0..8 {
            let before = credential(&db, USER).await.unwrap();
            let hash = format!("$argon2id${n}");
            db.run(vec![set_password(USER, before.as_ref(), &hash, n == 0, at(n)).unwrap()])
                .await
                .unwrap();
        }
        let stored = credential(&db, USER).await.unwrap().unwrap();
        assert_eq!(&*stored.hash, "$argon2id$7");
        assert_eq!(stored.history.first().map(String::as_str), Some("$argon2id$6"));
        assert_eq!(stored.history.len(), 5);
        assert!(!stored.must_change && !format!("{stored:?}").contains("argon2"));

        let results = db.run(vec![count_failure(USER), count_failure(USER)]).await.unwrap();
        assert_eq!(results[1].rows, [[Cell::Int(2)]]);
        db.run(vec![lock_until(USER, at(1800))]).await.unwrap();
        let locked = credential(&db, USER).await.unwrap().unwrap();
        assert_eq!((locked.locked_until, locked.failed), (Some(at(1800)), 0));
        db.run(vec![clear_failures(USER), require_change(USER)]).await.unwrap();
        assert!(credential(&db, USER).await.unwrap().unwrap().must_change);

        assert!(db.run(vec![confirm_totp(USER)]).await.is_err(), "there is none to confirm");
        db.run(vec![set_totp(&keys, USER, Some(b"secret")), confirm_totp(USER)]).await.unwrap();
        let totp = credential(&db, USER).await.unwrap().unwrap().totp.unwrap();
        assert!(totp.confirmed);
        assert_eq!(totp.secret(&keys).unwrap(), b"secret");
        keys.rotate(at(0)).unwrap();
        assert_eq!(reseal_totp(&db, &keys).await.unwrap(), 1);
        assert_eq!(reseal_totp(&db, &keys).await.unwrap(), 0);
        let totp = credential(&db, USER).await.unwrap().unwrap().totp.unwrap();
        assert_eq!(totp.secret(&keys).unwrap(), b"secret");
        db.run(vec![use_totp(USER, 100)]).await.unwrap();
        for replayed in [100, 99] {
            assert!(db.run(vec![use_totp(USER, replayed)]).await.is_err());
        }
        db.run(vec![set_totp(&keys, USER, None)]).await.unwrap();
        assert_eq!(credential(&db, USER).await.unwrap().unwrap().totp, None);
        db.run(vec![remove_credential(USER)]).await.unwrap();
        assert_eq!(credential(&db, USER).await.unwrap(), None);
    });
}

#[test]
fn sessions_are_found_by_their_digest_and_end() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        let one = |n: u8| Session {
            token: [n; 32],
            user: USER,
            created_at: at(i64::from(n)),
            last_seen: at(i64::from(n)),
            expires_at: at(1000 + i64::from(n)),
            ip: "10.0.0.1".into(),
            agent: "test".into(),
            elevated: false,
        };
        db.run((1..=4).map(|n| start_session(&one(n))).collect()).await.unwrap();
        assert_eq!(session(&db, &[2; 32]).await.unwrap(), Some(one(2)));
        assert_eq!(session(&db, &[9; 32]).await.unwrap(), None);
        db.run(vec![touch_session(&[2; 32], at(50)), elevate_session(&[2; 32])]).await.unwrap();
        let used = session(&db, &[2; 32]).await.unwrap().unwrap();
        assert!(used.elevated && used.last_seen == at(50));
        assert_eq!(clean_sessions(&db, at(1002)).await.unwrap(), 1);
        db.run(vec![end_session(&[3; 32]), end_sessions_of(USER, Some(&[2; 32]))]).await.unwrap();
        let left = sessions_of(&db, USER).await.unwrap();
        assert_eq!(left.iter().map(|s| s.token[0]).collect::<Vec<_>>(), [2]);
        db.run(vec![end_sessions_of(USER, None)]).await.unwrap();
        assert_eq!(sessions_of(&db, USER).await.unwrap(), []);
    });
}

#[test]
fn an_api_key_keeps_its_scopes_and_networks_and_can_be_taken_back_once() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        let key = ApiKey {
            id: Uuid::from_u128(3),
            prefix: "jy_abc".into(),
            hash: [5; 32],
            user: USER,
            label: "核心系统".into(),
            scopes: vec!["read".into()],
            networks: vec!["10.0.0.0/8".into(), "::1/128".into()],
            created_at: at(0),
            expires_at: Some(at(99)),
            last_used: None,
            revoked_at: None,
        };
        db.run(vec![create_api_key(&key).unwrap()]).await.unwrap();
        assert_eq!(api_key_by_prefix(&db, "jy_abc").await.unwrap(), Some(key.clone()));
        assert_eq!(api_key_by_id(&db, key.id).await.unwrap(), Some(key.clone()));
        db.run(vec![touch_api_key(key.id, at(5)), revoke_api_key(key.id, at(6))]).await.unwrap();
        assert!(db.run(vec![revoke_api_key(key.id, at(7))]).await.is_err());
        let listed = api_keys_of(&db, Some(USER)).await.unwrap();
        assert_eq!((listed[0].last_used, listed[0].revoked_at), (Some(at(5)), Some(at(6))));
        assert_eq!(api_keys_of(&db, None).await.unwrap(), listed);
    });
}

#[test]
fn a_share_ends_and_can_be_widened() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        let record = Uuid::from_u128(50);
        let mut one = Share {
            id: Uuid::from_u128(1),
            object: "person".into(),
            record,
            user: USER,
            may_write: false,
            expires_at: Some(at(10)),
            granted_by: Uuid::from_u128(2),
            granted_at: at(0),
        };
        db.run(vec![share(&one)]).await.unwrap();
        let shared = |now: i64| {
            let db = db.clone();
            async move { is_shared(&db, "person", record, USER, at(now)).await.unwrap() }
        };
        assert_eq!((shared(9).await, shared(10).await), (Some(false), None));
        (one.may_write, one.expires_at) = (true, None);
        db.run(vec![share(&one)]).await.unwrap();
        assert_eq!(shared(99).await, Some(true));
        assert_eq!(shares_of_record(&db, "person", record).await.unwrap(), [one]);
        assert_eq!(clean_shares(&db, at(99)).await.unwrap(), 0);
        db.run(vec![revoke_share("person", record, USER)]).await.unwrap();
        assert_eq!(shared(0).await, None);
    });
}

#[test]
fn a_quota_is_never_overrun_even_by_many_at_once() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        let takers: Vec<_> = (0..12)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { db.run(vec![take_reveal(USER, 20_000, 5)]).await })
            })
            .collect();
        let mut taken = 0;
        for taker in takers {
            match taker.await.unwrap() {
                Ok(_) => taken += 1,
                Err(ScriptError::Unexpected { step: 0, .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(taken, 5);
        assert_eq!(reveals_on(&db, USER, 20_000).await.unwrap(), 5);
        assert!(db.run(vec![take_reveal(USER, 20_001, 0)]).await.is_err());
        db.run(vec![count_reveal(USER, 20_001)]).await.unwrap();
        assert_eq!(clean_reveals(&db, 20_001).await.unwrap(), 1);
    });
}

#[test]
fn remembered_answers_expire() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        for (key, expires) in [("a", 10), ("b", 20), ("c", 30)] {
            let sql = "INSERT INTO jy_idempotency (actor, name, digest, answer, created_at, \
                       expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
            let params: Vec<Cell> = vec![
                USER.into(),
                key.into(),
                vec![1].into(),
                vec![2].into(),
                at(0).into(),
                at(expires).into(),
            ];
            db.run(vec![Step::exactly(sql, params, 1)]).await.unwrap();
        }
        let found = remembered(&db, USER, "b", at(19)).await.unwrap();
        assert_eq!(found, Some((vec![1], vec![2])));
        assert_eq!(remembered(&db, USER, "b", at(20)).await.unwrap(), None);
        assert_eq!(clean_idempotency(&db, at(25), 1).await.unwrap(), 1);
        assert_eq!(clean_idempotency(&db, at(25), 9).await.unwrap(), 1);
    });
}
