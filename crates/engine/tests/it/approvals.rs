//! Reveals that somebody else must approve.

use engine::approvals::ApprovalBox;
use engine::{Actor, Change, Command, Engine, Error, Idempotency, Origin};
use jiff::SignedDuration;
use schema::Name;
use serde_json::{Value as Json, json};
use store::access::{ApprovalKind, ApprovalState, clean_approvals};
use uuid::Uuid;

use crate::bed;
use crate::exports::{World, code, world};
use crate::samples::{create, user};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

async fn reveal(engine: &Engine, actor: &Actor, id: Uuid, field: &str) -> Result<Json, Error> {
    let action = Change::Reveal { object: name("person"), id, field: name(field) };
    let command = Command { action, reason: Some("核查可疑交易".into()), idempotency: None };
    Ok(engine.submit(actor, command).await?.revealed.unwrap().value)
}

async fn ask(engine: &Engine, actor: &Actor, id: Uuid, field: &str) -> Result<Uuid, Error> {
    let person = name("person");
    engine.request_reveal(actor, (&person, id), &name(field), "核查可疑交易").await
}

const NUMBER: &str = "11010519491231002X";

#[test]
fn risk_staff_see_a_number_once_somebody_else_has_approved() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let World { ops, compliance, unit, .. } = world(engine, 0).await;
        let risk = user(engine, "risk", "risk", unit).await;
        let colleague = user(engine, "colleague", "risk", unit).await;
        let make = async |name: &str, number: &str| {
            let values = json!({ "name": name, "id_type": "resident_id", "id_number": number });
            create(engine, &ops, "person", values).await
        };
        let (one, other) = (make("甲", NUMBER).await, make("乙", "110105199003070033").await);
        assert_eq!(code(reveal(engine, &risk, one, "id_number").await), "approval_reveal");
        assert_eq!(reveal(engine, &compliance, one, "id_number").await.unwrap(), NUMBER);
        let needless = ask(engine, &compliance, one, "id_number").await;
        assert_eq!(code(needless), "approval_not_needed");
        assert_eq!(code(ask(engine, &risk, one, "nothing").await), "unknown_field");

        let asked = ask(engine, &risk, one, "id_number").await.unwrap();
        assert_eq!(code(reveal(engine, &risk, one, "id_number").await), "approval_reveal");
        assert_eq!(code(engine.answer_approval(&risk, asked, true, None).await), "forbidden");
        assert_eq!(code(engine.answer_approval(&colleague, asked, true, None).await), "not_found");
        let waiting = engine.approvals(&compliance, ApprovalBox::ToAnswer).await.unwrap();
        let told = &waiting[0];
        assert_eq!((told.id, told.kind), (asked, ApprovalKind::Reveal));
        assert_eq!((told.with.as_deref(), told.purpose.as_str()), (Some("risk"), "核查可疑交易"));
        let what = told.reveal.as_ref().unwrap();
        assert_eq!((what.record, what.field.as_str()), (one, "id_number"));
        assert!(!json!(waiting).to_string().contains(NUMBER));
        engine.answer_approval(&compliance, asked, true, None).await.unwrap();

        assert_eq!(reveal(engine, &risk, one, "id_number").await.unwrap(), NUMBER);
        // For whom it was asked, of which record it was asked, and no longer than it holds.
        assert_eq!(code(reveal(engine, &colleague, one, "id_number").await), "approval_reveal");
        assert_eq!(code(reveal(engine, &risk, other, "id_number").await), "approval_reveal");
        let once = |key: &str| Command {
            action: Change::Reveal { object: name("person"), id: one, field: name("id_number") },
            reason: Some("核查可疑交易".into()),
            idempotency: Some(Idempotency { key: key.into(), fingerprint: [7; 32] }),
        };
        engine.submit(&risk, once("a")).await.unwrap();
        // What still holds is not swept up, however long ago it was asked.
        let sweep = async || {
            let now = engine.now();
            let later = now.checked_add(SignedDuration::from_hours(1)).unwrap();
            clean_approvals(engine.store().db(), later, now).await.unwrap()
        };
        assert_eq!(sweep().await, 0);
        bed.clock.advance(SignedDuration::from_hours(24));
        assert_eq!(code(reveal(engine, &risk, one, "id_number").await), "approval_reveal");
        assert_eq!(code(engine.submit(&risk, once("b")).await), "approval_reveal");
        let mine = engine.approvals(&risk, ApprovalBox::Asked).await.unwrap();
        assert_eq!(mine[0].state, ApprovalState::Approved);

        assert_eq!(sweep().await, 0, "it ends at this instant");
        bed.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(sweep().await, 1);
        assert!(engine.approvals(&risk, ApprovalBox::Asked).await.unwrap().is_empty());

        // What was refused is not shown.
        let asked = ask(engine, &risk, other, "id_number").await.unwrap();
        let no = engine.answer_approval(&compliance, asked, false, Some("理由不足")).await;
        no.unwrap();
        assert_eq!(code(reveal(engine, &risk, other, "id_number").await), "approval_reveal");

        // Who also holds a role that decides alone needs nobody for what that role reveals, and only
        // for that.
        let platform = engine.system(None, "test");
        let held = json!({ "user": risk.user(), "role": "branch_supervisor", "unit": unit });
        create(engine, &platform, "assignment", held).await;
        let both = engine.actor(risk.user(), Origin::default()).await.unwrap();
        assert_eq!(reveal(engine, &both, one, "id_number").await.unwrap(), NUMBER);
        let branch = json!({ "code": "B2", "name": "二支行" });
        let branch = create(engine, &platform, "org_unit", branch).await;
        let elsewhere = json!({ "name": "丙", "org_unit": branch, "id_type": "resident_id",
                                "id_number": "440308199901101512" });
        let elsewhere = create(engine, &platform, "person", elsewhere).await;
        assert_eq!(code(reveal(engine, &both, elsewhere, "id_number").await), "approval_reveal");
    });
}
