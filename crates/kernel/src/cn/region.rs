//! Provinces, cities and counties (GB/T 2260): current codes, and retired ones with their years.
//!
//! Facts only, in `data/regions.tsv`: code, name, first year, last year, sorted. A blank first
//! year is before records begin, a blank last year is today; years count at their end.

use std::sync::LazyLock;

use crate::text;

mod walk;

pub use walk::{Place, find, find_under, locate};

static SOURCE: &str = include_str!("../../data/regions.tsv");

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| SOURCE.lines().filter_map(read).collect());

/// A name that a code had for some years.
struct Row {
    code: &'static str,
    name: &'static str,
    from: i16,
    to: i16,
}

impl Row {
    /// As people say it: `武汉` for `武汉市`.
    fn short(&self) -> &'static str {
        shorten(self.name)
    }

    fn is_current(&self) -> bool {
        self.to == i16::MAX
    }
}

/// A current region: a node of the tree that address fields choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Six digits.
    pub code: &'static str,
    /// Its own name, without its parents'.
    pub name: &'static str,
    /// The region it lies in; none for a province.
    pub parent: Option<&'static str>,
}

/// The current tree in order of code, so that parents come before their children.
pub fn current() -> impl Iterator<Item = Region> {
    TABLE.iter().filter(|row| row.is_current()).map(|row| Region {
        code: row.code,
        name: row.name,
        parent: parent(row.code),
    })
}

/// The name of a code: today's, or the last one it had.
#[must_use]
pub fn name(code: &str) -> Option<&'static str> {
    latest(code).map(|row| row.name)
}

/// The name with the names of the regions it lies in: `湖北省武汉市江岸区`.
#[must_use]
pub fn full_name(code: &str) -> Option<String> {
    let own = name(code)?;
    let mut full = String::new();
    for ancestor in ancestors(code).into_iter().flatten() {
        full.push_str(name(&ancestor).unwrap_or_default());
    }
    full.push_str(own);
    Some(full)
}

/// Whether a region had this code for at least a part of the year.
#[must_use]
pub fn existed(code: &str, year: i16) -> bool {
    // A row's last year is the last that ended with it: it was changed in the year after.
    exact(code).iter().any(|row| row.from <= year && year <= row.to.saturating_add(1))
}

/// Whether a code is in use today.
#[must_use]
pub fn is_current(code: &str) -> bool {
    exact(code).iter().any(Row::is_current)
}

/// The region a code lies in, by the codes in use today: a city's province; a county's city, or
/// its province where there is no city between.
#[must_use]
pub fn parent(code: &str) -> Option<&'static str> {
    let [province, city] = ancestors(code);
    [city, province].into_iter().flatten().find_map(|code| latest(&code).map(|row| row.code))
}

/// The codes of the province and of the city above a code, where it is not one itself.
fn ancestors(code: &str) -> [Option<String>; 2] {
    let above = |digits: usize, zeros: &str| {
        let above = format!("{}{zeros}", code.get(..digits)?);
        (above != code && !code.ends_with(zeros)).then_some(above)
    };
    [above(2, "0000"), above(4, "00")]
}

fn latest(code: &str) -> Option<&'static Row> {
    exact(code).iter().max_by_key(|row| row.to)
}

/// The rows of a whole code.
fn exact(code: &str) -> &'static [Row] {
    if code.len() == 6 { rows(code) } else { &[] }
}

/// All rows whose code begins so.
fn rows(prefix: &str) -> &'static [Row] {
    let table = TABLE.as_slice();
    let start = table.partition_point(|row| row.code < prefix);
    let rest = table.get(start..).unwrap_or_default();
    let end = rest.partition_point(|row| row.code.starts_with(prefix));
    rest.get(..end).unwrap_or_default()
}

fn read(line: &'static str) -> Option<Row> {
    let mut cells = line.split('\t');
    let code = cells.next()?;
    let name = cells.next()?;
    let from = cells.next().and_then(|year| year.parse().ok()).unwrap_or(0);
    let to = cells.next().and_then(|year| year.parse().ok()).unwrap_or(i16::MAX);
    Some(Row { code, name, from, to })
}

/// Peoples named in the names of autonomous places, which daily speech leaves out.
const PEOPLES: [&str; 46] = [
    "维吾尔",
    "哈萨克",
    "柯尔克孜",
    "蒙古",
    "锡伯",
    "塔吉克",
    "蒙古族",
    "回族",
    "藏族",
    "苗族",
    "彝族",
    "壮族",
    "布依族",
    "朝鲜族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "土家族",
    "哈尼族",
    "哈萨克族",
    "傣族",
    "黎族",
    "傈僳族",
    "佤族",
    "畲族",
    "拉祜族",
    "水族",
    "东乡族",
    "纳西族",
    "景颇族",
    "土族",
    "达斡尔族",
    "仫佬族",
    "羌族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "阿昌族",
    "普米族",
    "怒族",
    "鄂温克族",
    "裕固族",
    "独龙族",
    "各族",
];

fn shorten(name: &'static str) -> &'static str {
    let autonomous = ["自治区", "自治州", "自治县", "自治旗"];
    if let Some(mut rest) = autonomous.iter().find_map(|kind| name.strip_suffix(kind)) {
        while let Some(less) = PEOPLES.iter().find_map(|people| cut(rest, people)) {
            rest = less;
        }
        return rest;
    }
    let kinds = ["特别行政区", "地区", "林区", "省", "市", "县", "区", "盟", "旗"];
    kinds.iter().find_map(|kind| cut(name, kind)).unwrap_or(name)
}

/// Without the suffix, if at least two characters remain.
fn cut(name: &'static str, suffix: &str) -> Option<&'static str> {
    name.strip_suffix(suffix).filter(|rest| rest.chars().nth(1).is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert_eq!(TABLE.len(), SOURCE.lines().count());
        assert!(TABLE.is_sorted_by_key(|row| (row.code, row.from)));
        for row in TABLE.iter() {
            assert!(row.code.len() == 6 && row.code.bytes().all(|b| b.is_ascii_digit()));
            assert!(row.name.is_char_boundary(3) && row.name.len() > 3, "{}", row.name);
            assert!(row.from <= row.to, "{}", row.code);
        }
        assert_eq!(TABLE.iter().filter(|row| row.code.ends_with("0000")).count(), 34);
    }

    #[test]
    fn codes_have_names_and_full_names() {
        let check = |code: &str, own: &str, full: &str| {
            assert_eq!(name(code), Some(own));
            assert_eq!(full_name(code).as_deref(), Some(full));
        };
        check("420000", "湖北省", "湖北省");
        check("420100", "武汉市", "湖北省武汉市");
        check("420102", "江岸区", "湖北省武汉市江岸区");
        check("110101", "东城区", "北京市东城区");
        check("110103", "崇文区", "北京市崇文区");
        check("429004", "仙桃市", "湖北省仙桃市");
        check("650107", "达坂城区", "新疆维吾尔自治区乌鲁木齐市达坂城区");
        check("220281", "蛟河市", "吉林省吉林市蛟河市");
        check("810000", "香港特别行政区", "香港特别行政区");
        for unknown in ["", "4", "999999", "42", "张"] {
            assert_eq!(full_name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn codes_exist_in_their_years_only() {
        let check = |code: &str, year, expected| {
            assert_eq!(existed(code, year), expected, "{code} in {year}");
        };
        check("110103", 2009, true);
        check("110103", 2010, true);
        check("110103", 2011, false);
        check("460106", 2001, false);
        check("460106", 2002, true);
        check("110101", 1950, true);
        check("330114", 2026, true);
        check("330104", 2025, false);
        assert!(is_current("330114") && !is_current("330104") && !is_current("999999"));
    }

    #[test]
    fn the_current_tree_hangs_together() {
        let nodes: Vec<Region> = current().collect();
        assert!(nodes.len() > 3000, "{}", nodes.len());
        let mut seen = std::collections::HashSet::new();
        for node in &nodes {
            assert!(seen.insert(node.code), "{} twice", node.code);
            match node.parent {
                Some(parent) => assert!(seen.contains(parent), "{} before its parent", node.code),
                None => assert!(node.code.ends_with("0000"), "{} without parent", node.code),
            }
        }
        assert_eq!(parent("110101"), Some("110000"));
        assert_eq!(parent("420102"), Some("420100"));
        assert_eq!(parent("420100"), Some("420000"));
        assert_eq!(parent("420000"), None);
    }

    #[test]
    fn people_use_short_names() {
        let check = |code: &str, short| assert_eq!(latest(code).unwrap().short(), short);
        check("420000", "湖北");
        check("420100", "武汉");
        check("422800", "恩施");
        check("450000", "广西");
        check("150000", "内蒙古");
        check("650000", "新疆");
        check("652800", "巴音郭楞");
        check("420102", "江岸");
        check("429021", "神农架");
        check("130133", "赵县");
    }
}
