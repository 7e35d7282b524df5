//! Customers of the benchmark: the n-th is always the same, valid in every field, and unlike others
//! where it must be. Uses only its number, so that any manager's customers can be named again.

use std::sync::LazyLock;

use serde_json::{Value as Json, json};

/// Surnames with their initials.
const SURNAMES: [(&str, &str); 40] = [
    ("王", "w"),
    ("李", "l"),
    ("张", "z"),
    ("刘", "l"),
    ("陈", "c"),
    ("杨", "y"),
    ("黄", "h"),
    ("赵", "z"),
    ("吴", "w"),
    ("周", "z"),
    ("徐", "x"),
    ("孙", "s"),
    ("马", "m"),
    ("朱", "z"),
    ("胡", "h"),
    ("郭", "g"),
    ("何", "h"),
    ("林", "l"),
    ("高", "g"),
    ("罗", "l"),
    ("郑", "z"),
    ("梁", "l"),
    ("谢", "x"),
    ("宋", "s"),
    ("唐", "t"),
    ("许", "x"),
    ("韩", "h"),
    ("冯", "f"),
    ("邓", "d"),
    ("曹", "c"),
    ("彭", "p"),
    ("曾", "z"),
    ("肖", "x"),
    ("田", "t"),
    ("董", "d"),
    ("袁", "y"),
    ("潘", "p"),
    ("于", "y"),
    ("蒋", "j"),
    ("蔡", "c"),
];

/// Characters of given names with their initials.
const GIVEN: [(&str, &str); 60] = [
    ("伟", "w"),
    ("芳", "f"),
    ("娜", "n"),
    ("敏", "m"),
    ("静", "j"),
    ("丽", "l"),
    ("强", "q"),
    ("磊", "l"),
    ("军", "j"),
    ("洋", "y"),
    ("勇", "y"),
    ("艳", "y"),
    ("杰", "j"),
    ("娟", "j"),
    ("涛", "t"),
    ("明", "m"),
    ("超", "c"),
    ("秀", "x"),
    ("霞", "x"),
    ("平", "p"),
    ("刚", "g"),
    ("桂", "g"),
    ("英", "y"),
    ("华", "h"),
    ("玉", "y"),
    ("兰", "l"),
    ("建", "j"),
    ("国", "g"),
    ("志", "z"),
    ("文", "w"),
    ("斌", "b"),
    ("宇", "y"),
    ("浩", "h"),
    ("凯", "k"),
    ("健", "j"),
    ("俊", "j"),
    ("帆", "f"),
    ("雪", "x"),
    ("琳", "l"),
    ("晨", "c"),
    ("梦", "m"),
    ("佳", "j"),
    ("思", "s"),
    ("子", "z"),
    ("涵", "h"),
    ("欣", "x"),
    ("怡", "y"),
    ("博", "b"),
    ("鹏", "p"),
    ("飞", "f"),
    ("亮", "l"),
    ("波", "b"),
    ("辉", "h"),
    ("海", "h"),
    ("山", "s"),
    ("仁", "r"),
    ("春", "c"),
    ("梅", "m"),
    ("红", "h"),
    ("云", "y"),
];

const REGIONS: [(&str, &str); 8] = [
    ("110105", "北京市朝阳区"),
    ("310115", "上海市浦东新区"),
    ("440305", "广东省深圳市南山区"),
    ("420106", "湖北省武汉市武昌区"),
    ("330106", "浙江省杭州市西湖区"),
    ("510107", "四川省成都市武侯区"),
    ("320105", "江苏省南京市建邺区"),
    ("610113", "陕西省西安市雁塔区"),
];

const OCCUPATIONS: [&str; 5] = ["official", "professional", "clerk", "service", "production"];
const EDUCATIONS: [&str; 5] = ["master", "bachelor", "college", "high_school", "junior_high"];
const MARITAL: [&str; 3] = ["single", "married", "divorced"];
const TIERS: [&str; 5] = ["mass", "mass", "wealth", "vip", "private"];
const RISKS: [&str; 5] = ["C1", "C2", "C3", "C4", "C5"];
const SOURCES: [&str; 5] = ["branch", "referral", "payroll", "event", "online"];
const INDUSTRIES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

/// First birth date; customers are adults of working age.
static FIRST_BIRTH: LazyLock<jiff::civil::Date> = LazyLock::new(|| jiff::civil::date(1966, 1, 1));
/// Days over which births are spread.
const BIRTHS: u64 = 11_000;

/// The n-th customer.
pub struct Customer(u64);

/// A column of the file and how it is filled.
type Column = (&'static str, fn(&Customer) -> String);

/// The 27 columns of the imported file, without owner and unit.
pub const IMPORTED: [Column; 27] = [
    ("客户号", |c| format!("C{:09}", c.0)),
    ("姓名", |c| name(c.0)),
    ("性别", |c| c.sex().into()),
    ("出生日期", |c| c.born().to_string()),
    ("证件类型", |_| "resident_id".into()),
    ("证件号码", Customer::id_number),
    ("证件有效期至", |_| "2040-12-31".into()),
    ("手机号", Customer::mobile),
    ("固定电话", |c| format!("010-6{:07}", c.0 % 9_999_999)),
    ("电子邮箱", |c| format!("c{}@example.com", c.0)),
    ("联系地址", Customer::address),
    ("国籍", |_| "CN".into()),
    ("婚姻状况", |c| c.pick(&MARITAL, 3).into()),
    ("学历", |c| c.pick(&EDUCATIONS, 5).into()),
    ("职业", |c| c.pick(&OCCUPATIONS, 7).into()),
    ("工作单位", |c| format!("{}实业有限公司", name(c.0 / 50))),
    ("职务", |_| "经理".into()),
    ("所属行业", |c| c.pick(&INDUSTRIES, 11).into()),
    ("年收入", |c| format!("{}.50", 50_000 + c.0 % 900_000)),
    ("客户等级", |c| c.pick(&TIERS, 13).into()),
    ("风险承受能力", |c| c.pick(&RISKS, 17).into()),
    ("风险测评有效期至", |_| "2027-06-30".into()),
    ("管理资产", |c| format!("{}.{:02}", c.mixed(19) % 5_000_000, c.0 % 100)),
    ("客户状态", |_| "active".into()),
    ("客户来源", |c| c.pick(&SOURCES, 23).into()),
    ("开户日期", |c| format!("20{:02}-{:02}-15", 10 + c.mixed(29) % 14, 1 + c.mixed(31) % 12)),
    ("备注", |c| format!("理财到期待续作{}", c.0 % 1000)),
];

/// The name of the n-th person.
pub fn name(n: u64) -> String {
    let mixed = Customer(n).mixed(1);
    let (surname, _) = at(&SURNAMES, mixed);
    format!("{surname}{}", Customer(n).given())
}

fn at<T: Copy + Default>(items: &[T], n: u64) -> T {
    let index = usize::try_from(n).unwrap_or(0) % items.len().max(1);
    items.get(index).copied().unwrap_or_default()
}

impl Customer {
    pub fn new(n: u64) -> Customer {
        Customer(n)
    }

    /// The number, well mixed with `salt`.
    fn mixed(&self, salt: u64) -> u64 {
        let mut z = self.0.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) >> 8
    }

    fn pick(&self, items: &[&'static str], salt: u64) -> &'static str {
        at(items, self.mixed(salt))
    }

    /// The two characters of the given name.
    pub fn given(&self) -> String {
        let ((first, _), (second, _)) = (at(&GIVEN, self.mixed(1) / 64), at(&GIVEN, self.mixed(2)));
        format!("{first}{second}")
    }

    /// First letters of the name's reading.
    pub fn initials(&self) -> String {
        let mixed = self.mixed(1);
        let ((_, a), (_, b), (_, c)) =
            (at(&SURNAMES, mixed), at(&GIVEN, mixed / 64), at(&GIVEN, self.mixed(2)));
        format!("{a}{b}{c}")
    }

    /// The last four digits of the phone.
    pub fn tail(&self) -> String {
        let mobile = self.mobile();
        mobile.get(7..).unwrap_or_default().to_owned()
    }

    fn mobile(&self) -> String {
        format!("13{:09}", self.mixed(41) % 1_000_000_000)
    }

    fn address(&self) -> String {
        let (_, place) = at(&REGIONS, self.0);
        format!("{place}人民路{}号{}栋{}室", 1 + self.0 % 300, 1 + self.0 % 20, 101 + self.0 % 3000)
    }

    /// Odd sequence numbers are men.
    fn sequence(&self) -> u64 {
        1 + (self.0 / BIRTHS) % 999
    }

    fn sex(&self) -> &'static str {
        if self.sequence().is_multiple_of(2) { "female" } else { "male" }
    }

    fn born(&self) -> jiff::civil::Date {
        let days = i64::try_from(self.0 % BIRTHS).unwrap_or(0);
        FIRST_BIRTH.saturating_add(jiff::Span::new().days(days))
    }

    fn id_number(&self) -> String {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let (region, _) = at(&REGIONS, self.0 / (BIRTHS * 999));
        let body = format!("{region}{}{:03}", self.born().strftime("%Y%m%d"), self.sequence());
        let digits = body.chars().filter_map(|c| c.to_digit(10));
        let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        let check =
            at(&['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'], u64::from(sum % 11));
        format!("{body}{check}")
    }

    /// What a relationship manager sends to create this customer: 27 fields.
    pub fn body(&self) -> Json {
        let (region, _) = at(&REGIONS, self.0);
        json!({
            "name": name(self.0),
            "sex": self.sex(),
            "birth_on": self.born().to_string(),
            "id_type": "resident_id",
            "id_number": self.id_number(),
            "id_expires_on": "2040-12-31",
            "mobile": self.mobile(),
            "landline": format!("010-6{:07}", self.0 % 9_999_999),
            "email": format!("c{}@example.com", self.0),
            "region": region,
            "address": self.address(),
            "nationality": "CN",
            "tax_residency": "china_only",
            "marital_status": self.pick(&MARITAL, 3),
            "education": self.pick(&EDUCATIONS, 5),
            "occupation": self.pick(&OCCUPATIONS, 7),
            "employer": format!("{}实业有限公司", name(self.0 / 50)),
            "position": "经理",
            "industry": self.pick(&INDUSTRIES, 11),
            "annual_income": format!("{}.50", 50_000 + self.0 % 900_000),
            "customer_status": "active",
            "source": self.pick(&SOURCES, 23),
            "opened_on": "2020-05-15",
            "next_contact_on": "2027-03-01",
            "do_not_contact": false,
            "hobbies": "钓鱼",
            "remark": format!("理财到期待续作{}", self.0 % 1000),
        })
    }
}
