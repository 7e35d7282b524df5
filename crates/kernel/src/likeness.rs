//! How alike two names are: widths, spaces, variant characters and common endings left aside, then
//! equal sound, then edits.
//!
//! Degrees are whole percents. The table of variant characters is kept small on purpose: traditional
//! forms and twin forms that occur in names of people and companies.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::pinyin;

/// Two names that differ only in variant characters.
const SAME: u8 = 100;

/// Two names that sound alike.
const SOUND: u8 = 90;

/// The most that edits alone can reach: a name with another character is never surely the same.
const EDITED: u8 = 85;

/// Characters beyond this are not compared.
const CHARACTERS_MAX: usize = 60;

/// A variant form and the form it is compared as, one pair after the other.
const VARIANTS: &str = "\
    張张陳陈劉刘楊杨趙赵黃黄吳吴孫孙馬马羅罗鄭郑謝谢許许韓韩馮冯鄧邓蕭萧肖萧蔣蒋葉叶蘇苏呂吕\
    盧卢鍾钟鐘钟譚谭陸陆範范韋韦賈贾鄒邹閻阎閆闫龍龙賀贺顧顾龔龚萬万錢钱嚴严聶聂莊庄喬乔賴赖\
    藍蓝歐欧陽阳單单婁娄鄔邬鞏巩關关齊齐寧宁甯宁連连畢毕費费紀纪偉伟強强彊强軍军麗丽華华國国\
    紅红傑杰慶庆蘭兰鳳凤艷艳豔艳燁烨曄晔暉晖輝辉煒炜瑋玮穎颖頴颖潔洁靜静彥彦堃坤喆哲昇升陞升\
    峯峰羣群珎珍菓果劍剑勳勋勛勋恆恒棟栋樑梁濤涛澤泽瀟潇燦灿爾尔瑩莹瓊琼祿禄禮礼禎祯純纯綺绮\
    維维聖圣聰聪興兴蓮莲藝艺衛卫詩诗誠诚賢贤贊赞躍跃達达運运遠远鋒锋鈞钧銘铭鋼钢錦锦鎮镇鑒鉴\
    開开閣阁雲云韻韵順顺頌颂飛飞駿骏鵬鹏榮荣亞亚東东學学樂乐業业嵐岚岡冈島岛導导廣广憶忆懷怀\
    擇择曉晓書书會会權权歡欢歸归氣气淵渊渙涣湧涌溫温滿满潤润環环現现畫画當当發发盤盘監监眾众\
    礎础競竞筆笔節节紹绍結结給给統统經经綠绿緒绪線线編编縣县總总績绩織织繼继續续義义習习聯联\
    職职聲声艦舰蒼苍薩萨號号術术衆众裡里裏里製制複复見见規规視视親亲覺觉觀观記记設设訓训計计\
    討讨誼谊調调諾诺謀谋證证識识議议護护讓让豐丰貝贝財财貨货貿贸資资質质車车軒轩輕轻農农進进\
    遷迁郵邮鄉乡醫医釋释針针鐵铁銀银長长門门問问間间閩闽隊队際际難难電电靈灵響响項项須须預预\
    領领頤颐顯显風风餘余館馆驗验體体魯鲁鮮鲜鳴鸣麥麦黨党點点";

/// Endings of company names that say nothing about which company it is; longer ones first.
const ENDINGS: [&str; 5] = ["股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "公司"];

fn variants() -> &'static HashMap<char, char> {
    static MAP: OnceLock<HashMap<char, char>> = OnceLock::new();
    MAP.get_or_init(|| {
        let characters: Vec<char> = VARIANTS.chars().filter(|c| !c.is_whitespace()).collect();
        let pairs = characters.chunks_exact(2).filter_map(|pair| match pair {
            [from, to] => Some((*from, *to)),
            _ => None,
        });
        pairs.collect()
    })
}

/// The name as it is compared: half-width, lower case, without spaces, dots, brackets and hyphens,
/// variant characters replaced, and without a company's ending where something remains.
#[must_use]
pub fn fold(name: &str) -> String {
    let map = variants();
    let plain = crate::text::half_width(name);
    let kept = plain.chars().filter(|c| c.is_alphanumeric()).take(CHARACTERS_MAX);
    let folded: String =
        kept.flat_map(char::to_lowercase).map(|c| map.get(&c).copied().unwrap_or(c)).collect();
    let core = ENDINGS.iter().find_map(|ending| folded.strip_suffix(ending));
    match core.filter(|core| core.chars().count() >= 2) {
        Some(core) => core.to_owned(),
        None => folded,
    }
}

/// The ways a name sounds, the likeliest first; its letters when it has no Chinese characters.
#[must_use]
pub fn sounds(name: &str) -> Vec<String> {
    let folded = fold(name);
    let readings: Vec<String> =
        pinyin::of_name(&folded).iter().map(pinyin::Reading::full).collect();
    if readings.is_empty() && !folded.is_empty() { vec![folded] } else { readings }
}

/// How alike two names are, in percent.
#[must_use]
pub fn names(a: &str, b: &str) -> u8 {
    let (left, right) = (fold(a), fold(b));
    if left.is_empty() || right.is_empty() {
        return 0;
    }
    if left == right {
        return SAME;
    }
    let heard = sounds(b);
    if sounds(a).iter().any(|sound| heard.contains(sound)) {
        return SOUND;
    }
    edits(&left, &right).min(EDITED)
}

/// How alike two texts are by the edits between them, in percent of the longer one.
#[must_use]
pub fn edits(a: &str, b: &str) -> u8 {
    let left: Vec<char> = a.chars().take(CHARACTERS_MAX).collect();
    let right: Vec<char> = b.chars().take(CHARACTERS_MAX).collect();
    let longer = left.len().max(right.len());
    if longer == 0 {
        return 0;
    }
    let kept = longer - distance(&left, &right);
    u8::try_from(kept * 100 / longer).unwrap_or(0)
}

/// Characters put in, taken out or replaced between two texts.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, a) in left.iter().enumerate() {
        let mut corner = at;
        let mut before = at + 1;
        for (b, place) in right.iter().zip(row.iter_mut().skip(1)) {
            let replaced = corner + usize::from(a != b);
            corner = *place;
            before = replaced.min(corner + 1).min(before + 1);
            *place = before;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_people_would() {
        let check = |a: &str, b: &str, expected: u8| assert_eq!(names(a, b), expected, "{a} {b}");
        check("张伟", "張偉", 100);
        check("张 伟", "张伟", 100);
        check("肖华", "萧华", 100);
        check("金钥科技有限公司", "金钥科技股份有限公司", 100);
        check("金钥（北京）科技有限公司", "金钥(北京)科技有限责任公司", 100);
        check("张伟", "章玮", 90);
        check("李建国", "李建民", 66);
        check("John Smith", "JOHN SMITH", 100);
        check("张伟", "李娜", 0);
        check("张伟", "", 0);
        check("深圳市明辉光电", "深圳市明辉电子", 71);
    }

    #[test]
    fn edits_are_counted_both_ways_alike() {
        let texts = ["", "甲", "甲乙", "乙甲丙", "甲乙丙丁", "丁丙乙甲"];
        for a in texts {
            for b in texts {
                assert_eq!(edits(a, b), edits(b, a), "{a} {b}");
            }
            assert_eq!(edits(a, a), if a.is_empty() { 0 } else { 100 });
        }
    }

    #[test]
    fn a_variant_leads_to_a_form_that_is_compared_as_itself() {
        for (from, to) in variants() {
            assert_eq!(variants().get(to).copied().unwrap_or(*to), *to, "{from} {to}");
        }
        let characters = VARIANTS.chars().filter(|c| !c.is_whitespace()).count();
        assert_eq!(characters % 2, 0);
    }
}
