//! The shipped packs load without a problem and keep their promises.

use std::collections::BTreeSet;
use std::path::Path;

use schema::catalogue::{Catalogue, Language, Right, Slot, SystemKind, base};
use schema::expr::{Comparison, Node};
use schema::pack::{Loaded, PackFiles};

fn read(folder: &Path, root: &Path, out: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            read(&path, root, out);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            out.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn shipped() -> Loaded {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let mut files = Vec::new();
    for pack in ["core", "bank"] {
        read(&root.join(pack), &root, &mut files);
    }
    Loaded::from_files(PackFiles::split(files)).unwrap_or_else(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{} problems\n{}", lines.len(), lines.join("\n"))
    })
}

/// Whether an object's field understands a header of an import.
fn understands(catalogue: &Catalogue, object: &str, header: &str) -> bool {
    let (_, object) = catalogue.object(object).unwrap();
    object
        .fields
        .values()
        .any(|field| field.label.zh == header || field.aliases.iter().any(|alias| alias == header))
}

#[test]
fn the_shipped_packs_load() {
    let loaded = shipped();
    let catalogue = &loaded.catalogue;
    let kinds =
        [SystemKind::User, SystemKind::OrgUnit, SystemKind::Assignment, SystemKind::SavedView];
    for kind in kinds {
        assert!(catalogue.system(kind).is_some(), "{kind:?}");
    }
    assert!(loaded.tests.len() >= 30, "{} cases", loaded.tests.len());
    let (_, person) = catalogue.object("person").unwrap();
    let own = person.fields.values().filter(|field| !field.read_only).count();
    assert!(own >= 27, "{own} fields");
}

#[test]
fn every_object_has_a_view_and_a_layout() {
    let catalogue = shipped().catalogue;
    for name in catalogue.objects.keys() {
        assert!(catalogue.views.values().any(|view| view.object == *name), "no view of {name}");
        assert!(catalogue.layouts.values().any(|page| page.object == *name), "no layout of {name}");
    }
}

#[test]
fn headers_of_customer_files_are_understood() {
    let catalogue = shipped().catalogue;
    let check = |object: &str, headers: &[&str]| {
        for header in headers {
            assert!(understands(&catalogue, object, header), "`{header}` of {object}");
        }
    };
    check(
        "person",
        &[
            "客户号",
            "姓名",
            "性别",
            "出生日期",
            "证件类型",
            "证件号码",
            "手机号",
            "电子邮箱",
            "省份",
            "城市",
            "联系地址",
            "客户等级",
            "风险承受能力",
            "管理资产(元)",
            "客户经理",
            "归属机构",
            "开户日期",
            "备注",
            "证件号",
            "客户名称",
            "联系电话",
            "客户类别",
            "风险等级",
            "资产余额",
            "管户经理",
            "最近联系",
            "说明",
            "身份证号",
            "手机",
            "AUM(万元)",
            "生日",
        ],
    );
    check("org_unit", &["机构编码", "机构名称", "上级机构编码", "层级"]);
    check("user", &["登录名", "姓名", "机构编码", "手机号"]);
    check("assignment", &["登录名", "角色", "机构编码"]);
}

#[test]
fn a_header_names_one_field() {
    let catalogue = shipped().catalogue;
    for object in catalogue.objects.values() {
        let mut seen = BTreeSet::new();
        for field in object.fields.values() {
            let mut texts: BTreeSet<&str> = field.aliases.iter().map(String::as_str).collect();
            texts.insert(&field.label.zh);
            for text in texts {
                assert!(seen.insert(text), "`{text}` of {} names two fields", object.name);
            }
        }
    }
}

#[test]
fn an_option_text_names_one_option() {
    let catalogue = shipped().catalogue;
    for set in
        catalogue.options.values().filter(|set| set.items.values().all(|i| i.parent.is_none()))
    {
        let mut seen = BTreeSet::new();
        for (code, item) in &set.items {
            let mut texts: BTreeSet<&str> = item.aliases.iter().map(String::as_str).collect();
            texts.extend([code.as_str(), &item.label.zh, &item.label.en]);
            for text in texts {
                assert!(seen.insert(text.to_owned()), "`{text}` of {} is two options", set.name);
            }
        }
    }
}

#[test]
fn administrators_hold_no_business_data_and_exclude_each_other() {
    let catalogue = shipped().catalogue;
    let administrators = ["system_admin", "security_admin", "auditor"];
    let platform = ["user", "org_unit", "assignment", "tag", "tag_group", "saved_view"];
    for name in administrators {
        let role = &catalogue.roles[name];
        for grant in &role.grants {
            assert!(platform.contains(&grant.object.as_str()), "{name} reads {}", grant.object);
        }
        for other in catalogue.roles.values().filter(|other| other.name != name) {
            assert!(role.excludes.contains(&other.name), "{name} and {}", other.name);
            assert!(other.excludes.contains(&role.name), "{} and {name}", other.name);
        }
    }
    assert!(catalogue.roles["auditor"].rights.contains(&Right::Audit));
    assert!(!catalogue.roles["system_admin"].rights.contains(&Right::Audit));
}

/// Fields that a filter holds to one value, or to a few.
fn fixed(node: &Node, out: &mut Vec<Slot>) {
    match node {
        Node::And(parts) => parts.iter().for_each(|part| fixed(part, out)),
        Node::Compare(Comparison::Eq, left, _) | Node::In(left, _) | Node::IsEmpty(left) => {
            if let Node::Field(path) = left.as_ref()
                && path.steps.is_empty()
            {
                out.push(path.slot);
            }
        }
        _ => {}
    }
}

#[test]
fn every_view_is_served_by_an_index() {
    let catalogue = shipped().catalogue;
    for view in catalogue.views.values() {
        let (_, object) = catalogue.object(view.object.as_str()).unwrap();
        let mut held = Vec::new();
        if let Some(filter) = &view.filter {
            fixed(&filter.root, &mut held);
        }
        let (sorted, _) = object.field(view.sort[0].0.as_str()).unwrap();
        let single =
            object.slots().filter(|(_, f)| f.indexed || f.unique).map(|(slot, _)| vec![slot]);
        let indexes =
            object.indexes.iter().map(|i| i.fields.iter().map(|(slot, _)| *slot).collect());
        let uniques = object.uniques.iter().map(|unique| unique.fields.clone());
        let served = single.chain(indexes).chain(uniques).any(|fields: Vec<Slot>| {
            let at = fields.iter().position(|slot| *slot == sorted);
            at.is_some_and(|at| fields[..at].iter().all(|slot| held.contains(slot)))
        });
        // One person's records are few enough to sort when read.
        assert!(served || held.contains(&base::OWNER), "no index serves the view {}", view.name);
    }
}

#[test]
fn conditions_are_said_in_words() {
    let loaded = shipped();
    let catalogue = &loaded.catalogue;
    let (ix, _) = catalogue.object("person").unwrap();
    let owner = "01900000-0000-7000-8000-000000000001";
    let named = |id: uuid::Uuid| (id.to_string() == owner).then(|| "王敏".to_owned());
    let said = |text: &str, language| {
        let expr = schema::expr::parse(text, catalogue, ix).unwrap();
        schema::expr::say(&expr.root, catalogue, language, &named)
    };
    let other = owner.replace('1', "2");
    for (text, zh, en) in [
        ("tier = 'vip'", "客户等级 是 贵宾", "Customer tier is Priority"),
        (
            "tier in ['vip', 'private'] and not owner = me",
            "客户等级 是 贵宾、私行 并且 客户经理 不是 申请人本人",
            "Customer tier is Priority, Private banking and Relationship manager is not the one who asks",
        ),
        (
            "(tier = 'vip' or aum >= 500000) and contains(name, '张')",
            "（客户等级 是 贵宾 或者 管理资产 ≥ 500000.00） 并且 姓名 包含 张",
            "(Customer tier is Priority or Assets under management ≥ 500000.00) and Name contains 张",
        ),
        (
            "date_of(created_at) between today() - 7 days and today()",
            "创建时间 介于 （今天 - 7 天） 和 今天",
            "Created at is between (today - 7 days) and today",
        ),
        (
            "guardian.name = '张三' and guardian.tier = 'vip'",
            "监护人 是 张三 并且 监护人的客户等级 是 贵宾",
            "Guardian is 张三 and Guardian › Customer tier is Priority",
        ),
        ("mobile is not empty", "手机号 不为空", "Mobile is not empty"),
        (
            &format!("owner in ['{owner}', '{other}']"),
            "客户经理 是 王敏、某条记录",
            "Relationship manager is 王敏, a record",
        ),
        (
            "tier not in ['mass', 'vip', 'private', 'wealth', 'micro_business', 'mass']",
            "客户等级 不是 大众、贵宾、私行 等 6 项",
            "Customer tier is not Mass market, Priority, Private banking and 3 more",
        ),
    ] {
        assert_eq!(said(text, Language::Zh), zh, "{text}");
        assert_eq!(said(text, Language::En), en, "{text}");
    }
}
