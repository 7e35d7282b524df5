//! From written places to codes: `湖北省武汉` is 420100, an address begins with its district.
//!
//! Refuses to guess: a name that several regions share needs the region it lies in.

use super::{Row, TABLE, rows, text};

/// How far a text names a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The region's code; perhaps a retired one, as old addresses have.
    pub code: &'static str,
    /// How many bytes of the text name it.
    pub end: usize,
}

/// The current region that a text names and nothing else: `湖北省武汉`, `湖北 武汉市/江岸区`,
/// `昆山`, `420100`.
#[must_use]
pub fn find(text: &str) -> Option<&'static str> {
    find_from(None, text)
}

/// The current region named by `text` within the region `parent`; a text that names the parents
/// too is understood. A municipality (直辖市) is its own city.
#[must_use]
pub fn find_under(parent: &str, text: &str) -> Option<&'static str> {
    let parent = rows(parent).iter().find(|row| row.is_current() && row.code == parent)?;
    find_from(Some(parent), text).or_else(|| {
        let inside = parent.code.trim_end_matches("00");
        let may_be_itself = is_municipality(parent);
        find(text)
            .filter(|code| code.starts_with(inside) && (may_be_itself || *code != parent.code))
    })
}

/// The regions at the beginning of an address, from the widest to the narrowest: none to three.
/// Districts, and cities without their province, must be written in full: streets bear their
/// short names.
#[must_use]
pub fn locate(address: &str) -> Vec<Place> {
    walk(None, address, Names { retired: true, short: Short::Provinces })
}

fn find_from(parent: Option<&'static Row>, text: &str) -> Option<&'static str> {
    let plain: String = text::half_width(text)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '/' | '-' | '>' | ',' | '、' | '|'))
        .collect();
    if plain.len() == 6 && plain.bytes().all(|b| b.is_ascii_digit()) {
        return rows(&plain).iter().find(|row| row.is_current()).map(|row| row.code);
    }
    let plain = plain.strip_prefix("中国").unwrap_or(&plain);
    let names = Names { retired: false, short: Short::All };
    let place = walk(parent, plain, names).pop()?;
    (place.end == plain.len()).then_some(place.code)
}

/// Bytes of the first character of every name.
const FIRST: usize = 3;

#[derive(Clone, Copy)]
struct Names {
    retired: bool,
    short: Short,
}

/// Which regions may be written short.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Short {
    All,
    Provinces,
    ProvincesAndCities,
}

impl Names {
    /// How many bytes of `text` a row's name takes, and whether the name is in full.
    fn matched(self, row: &Row, text: &str) -> Option<(usize, bool)> {
        if !self.retired && !row.is_current() {
            return None;
        }
        if text.starts_with(row.name) {
            return Some((row.name.len(), true));
        }
        let short = row.short();
        (self.may_be_short(row) && text.starts_with(short)).then_some((short.len(), false))
    }

    fn may_be_short(self, row: &Row) -> bool {
        match self.short {
            Short::All => true,
            Short::Provinces => is_province(row),
            Short::ProvincesAndCities => !is_county(row),
        }
    }

    /// The row whose name takes most of the text's beginning; none if two codes are equally good.
    /// Names in full go before short ones, current ones before retired ones.
    fn best(self, rows: impl Iterator<Item = &'static Row>, text: &str) -> Option<&'static Row> {
        let mut best: Option<(&'static Row, (usize, bool, bool))> = None;
        let mut shared = false;
        for row in rows {
            let Some((length, in_full)) = self.matched(row, text) else { continue };
            let rank = (length, in_full, row.is_current());
            match best {
                Some((_, held)) if held > rank => {}
                Some((other, held)) if held == rank => shared |= other.code != row.code,
                _ => {
                    best = Some((row, rank));
                    shared = false;
                }
            }
        }
        best.filter(|_| !shared).map(|(row, _)| row)
    }
}

fn is_province(row: &Row) -> bool {
    row.code.ends_with("0000")
}

fn is_municipality(row: &Row) -> bool {
    is_province(row) && row.name.ends_with('市')
}

fn is_city(row: &Row) -> bool {
    row.code.ends_with("00") && !is_province(row)
}

fn is_county(row: &Row) -> bool {
    !row.code.ends_with("00")
}

fn walk(parent: Option<&'static Row>, text: &str, mut names: Names) -> Vec<Place> {
    let mut places = Vec::with_capacity(3);
    let mut at = parent;
    let mut end = 0;
    // INVARIANT: each round goes down at least one of three levels.
    while let Some(rest) = text.get(end..) {
        let skipped = rest.len() - skip(at, rest).len();
        let rest = rest.get(skipped..).unwrap_or_default();
        let Some(row) = below(at, rest, names) else { break };
        let Some((length, _)) = names.matched(row, rest) else { break };
        end += skipped + length;
        places.push(Place { code: row.code, end });
        at = Some(row);
        if names.short == Short::Provinces {
            names.short = Short::ProvincesAndCities;
        }
        if is_county(row) {
            break;
        }
    }
    places
}

/// Spaces, and words that stand where a level has no name of its own: `市辖区`, or the name of a
/// municipality (直辖市) for the second time.
fn skip<'a>(at: Option<&Row>, text: &'a str) -> &'a str {
    let trimmed = text.trim_start();
    let Some(at) = at else { return trimmed };
    let rest = trimmed.strip_prefix("市辖区").unwrap_or(trimmed);
    if is_municipality(at) {
        return rest.strip_prefix(at.name).unwrap_or(rest).trim_start();
    }
    rest.trim_start()
}

/// The region that begins the text among those below `at` (or among all).
fn below(at: Option<&'static Row>, text: &str, names: Names) -> Option<&'static Row> {
    let first = text.get(..FIRST)?;
    let table = match at {
        None => TABLE.as_slice(),
        Some(at) if is_province(at) => rows(at.code.get(..2)?),
        Some(at) if is_city(at) => rows(at.code.get(..4)?),
        Some(_) => return None,
    };
    // A short name begins as the full one does, so few rows are left to compare.
    let likely: Vec<&Row> = table.iter().filter(|row| row.name.starts_with(first)).collect();
    let best =
        |level: fn(&Row) -> bool| names.best(likely.iter().copied().filter(|row| level(row)), text);
    match at {
        None => best(is_province).or_else(|| best(is_city)).or_else(|| best(is_county)),
        Some(at) if is_province(at) => best(is_city).or_else(|| best(is_county)),
        Some(_) => best(is_county),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn written_places_are_found() {
        let check = |text: &str, code| assert_eq!(find(text), code, "{text}");
        check("湖北省", Some("420000"));
        check("湖北", Some("420000"));
        check("湖北省武汉", Some("420100"));
        check("湖北省武汉市江岸区", Some("420102"));
        check("湖北 / 武汉 / 江岸", Some("420102"));
        check("武汉", Some("420100"));
        check("武汉市江岸区", Some("420102"));
        check("昆山", Some("320583"));
        check("江苏省昆山市", Some("320583"));
        check("湖北省仙桃市", Some("429004"));
        check("北京市", Some("110000"));
        check("北京市朝阳区", Some("110105"));
        check("北京市北京市朝阳区", Some("110105"));
        check("北京市市辖区朝阳区", Some("110105"));
        check("中国上海市浦东新区", Some("310115"));
        check("重庆市万州区", Some("500101"));
        check("内蒙古呼和浩特", Some("150100"));
        check("恩施土家族苗族自治州恩施市", Some("422801"));
        check("吉林省吉林市", Some("220200"));
        check("420100", Some("420100"));
        check("香港", Some("810000"));
        for unknown in
            ["", "朝阳区", "湖北省江西路", "湖北省武汉市无名区", "999999", "北京市崇文区", "月球"]
        {
            check(unknown, None);
        }
    }

    #[test]
    fn a_name_is_found_within_its_parent() {
        let check = |parent, text, code| assert_eq!(find_under(parent, text), code, "{text}");
        check("420000", "武汉", Some("420100"));
        check("420000", "湖北省武汉市", Some("420100"));
        check("110000", "朝阳区", Some("110105"));
        check("220100", "朝阳区", Some("220104"));
        check("110000", "北京", Some("110000"));
        check("420000", "湖北", None);
        check("420000", "杭州", None);
        check("nowhere", "武汉", None);
    }

    #[test]
    fn addresses_begin_with_their_districts() {
        let check = |address: &str, expected: &[(&str, &str)]| {
            let found: Vec<(&str, &str)> = locate(address)
                .iter()
                .map(|place| (place.code, address.get(..place.end).unwrap_or_default()))
                .collect();
            assert_eq!(found, expected, "{address}");
        };
        check(
            "湖北省武汉市中山路819号6栋310室",
            &[("420000", "湖北省"), ("420100", "湖北省武汉市")],
        );
        check(
            "湖北省武汉市江岸区中山路",
            &[("420000", "湖北省"), ("420100", "湖北省武汉市"), ("420102", "湖北省武汉市江岸区")],
        );
        check("北京市崇文区花市", &[("110000", "北京市"), ("110103", "北京市崇文区")]);
        check("海口市龙华路1号", &[("460100", "海口市")]);
        check("广东中山中山路1号", &[("440000", "广东"), ("442000", "广东中山")]);
        check("中山路1号", &[]);
        check("某地", &[]);
    }

    #[test]
    fn every_current_region_is_found_by_its_full_name() {
        let mut lost = Vec::new();
        for region in super::super::current() {
            let full = super::super::full_name(region.code).unwrap_or_default();
            if find(&full) != Some(region.code) {
                lost.push(full);
            }
        }
        assert!(lost.is_empty(), "{lost:?}");
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_search(text in any::<String>()) {
            let _ = find(&text);
            for place in locate(&text) {
                prop_assert!(text.is_char_boundary(place.end));
            }
        }
    }
}
