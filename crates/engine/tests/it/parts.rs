//! From the whole balance down to one party: what each level tells, and to whom.

use engine::measures::PartsOf;
use engine::{Actor, Engine, Error};
use serde_json::json;
use uuid::Uuid;

use crate::bed;
use crate::measures::{account, bank, change};
use crate::samples::{create, user};

/// `total rest`, then `title value share` of each part; or why not.
async fn parts(engine: &Engine, actor: &Actor, of: PartsOf, day: &str) -> Vec<String> {
    let parts = match engine.measure_parts(actor, "aum", of, day.parse().unwrap()).await {
        Ok(parts) => parts,
        Err(Error::Refused(refusal)) => return vec![refusal.code().to_owned()],
        Err(other) => panic!("{other}"),
    };
    let sum: kernel::Decimal = parts.parts.iter().map(|part| part.value).sum();
    assert_eq!(sum + parts.rest, parts.total, "parts and rest are the whole");
    let line = |part: &engine::measures::Part| {
        let share = part.share.map(|share| share.to_string()).unwrap_or_default();
        format!("{} {} {share}", part.title.as_deref().unwrap_or("?"), part.value)
    };
    let whole = format!("{} {}", parts.total, parts.rest);
    std::iter::once(whole).chain(parts.parts.iter().map(line)).collect()
}

#[test]
fn a_balance_is_followed_from_the_bank_down_to_the_party() {
    bed::each(|bed| async move {
        let engine = &*bed.engine;
        let bank = bank(engine).await;
        let platform = engine.system(None, "test");
        let [north, south] = bank.units;
        let [rm, other] = [bank.rms[0].user(), bank.rms[1].user()];
        let values = json!({ "name": "张家", "owner": rm, "org_unit": north });
        let second = create(engine, &platform, "person", values).await;
        let firm = json!({ "name": "远洋", "owner": rm, "org_unit": bank.head });
        let firm = create(engine, &platform, "organization", firm).await;
        let at = |amount: &str, unit: Uuid| json!({ "balance": amount, "as_of_on": "2026-02-01", "org_unit": unit });
        account(engine, bank.people[0], at("300.00", north)).await;
        account(engine, bank.people[0], at("100.00", north)).await;
        account(engine, second, at("100.00", north)).await;
        account(engine, bank.people[1], at("300.00", south)).await;
        let of_firm = json!({
            "party": { "object": "organization", "id": firm }, "balance": "200.00",
            "as_of_on": "2026-02-01", "org_unit": bank.head,
        });
        account(engine, bank.people[0], of_firm).await;
        let day = "2026-03-02";
        let seen =
            async |actor: &Actor, of: PartsOf, day: &str| parts(engine, actor, of, day).await;
        let all = seen(&platform, PartsOf::All, day).await;
        assert_eq!(all, ["1000.00 0.00", "H 1000.00 1.0000"]);
        let head = user(engine, "head", "regional_head", bank.head).await;
        let units = seen(&head, PartsOf::Units(bank.head), day).await;
        assert_eq!(units, ["1000.00 200.00", "N 500.00 0.5000", "S 300.00 0.3000"]);
        let owners = seen(&head, PartsOf::Owners(north), day).await;
        assert_eq!(owners, ["500.00 0.00", "rm_n 500.00 1.0000"]);
        let here = seen(&head, PartsOf::Subjects(rm, Some(north)), day).await;
        let expected = ["500.00 0.00", "张明0 400.00 0.8000", "张家 100.00 0.2000"];
        assert_eq!(here, expected);
        let own = seen(&bank.rms[0], PartsOf::Subjects(rm, None), day).await;
        let whole =
            ["700.00 0.00", "张明0 400.00 0.5714", "远洋 200.00 0.2857", "张家 100.00 0.1429"];
        assert_eq!(own, whole);
        // Before anything was there, and above what grants reach.
        assert_eq!(seen(&head, PartsOf::Units(bank.head), "2026-01-31").await, ["0.00 0.00"]);
        assert_eq!(seen(&bank.rms[0], PartsOf::Subjects(other, None), day).await, ["forbidden"]);
        assert_eq!(seen(&bank.rms[0], PartsOf::All, day).await, ["forbidden"]);
        let supervisor = user(engine, "sup", "branch_supervisor", north).await;
        let within = seen(&supervisor, PartsOf::Subjects(rm, None), day).await;
        assert_eq!(within, expected, "the firm at the head office is not theirs");
        let above = seen(&supervisor, PartsOf::Subjects(rm, Some(south)), day).await;
        assert_eq!(above, ["forbidden"]);
        // Who changes hands is in the old owner's past, told as the rest.
        change(engine, "person", second, json!({ "owner": other, "org_unit": south })).await;
        let past = seen(&head, PartsOf::Subjects(rm, Some(north)), "2026-02-10").await;
        assert_eq!(past, ["500.00 100.00", "张明0 400.00 0.8000"]);
        let now = seen(&head, PartsOf::Subjects(other, None), day).await;
        assert_eq!(now, ["400.00 0.00", "张明1 300.00 0.7500", "张家 100.00 0.2500"]);
    });
}
