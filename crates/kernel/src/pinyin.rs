//! How Chinese names are read in Latin letters: full pinyin and initials.
//!
//! Surnames have readings of their own (单 Shàn, 万俟 Mòqí). Where a character has several readings
//! a few variants are given, the likeliest first; tones are left out, ü is written `v`.

use pinyin::{ToPinyin, ToPinyinMulti};

/// The most readings given for one name.
pub const READINGS_MAX: usize = 4;

/// Characters beyond this are not read; no name has more.
const CHARACTERS_MAX: usize = 40;

/// Surnames whose reading differs from the character's usual one, or is often missed; after the
/// first, what people type who do not know.
const SURNAMES: [(&str, &[&str]); 51] = [
    ("万俟", &["mo qi", "wan qi"]),
    ("尉迟", &["yu chi", "wei chi"]),
    ("长孙", &["zhang sun", "chang sun"]),
    ("澹台", &["tan tai"]),
    ("单于", &["chan yu"]),
    ("乐正", &["yue zheng"]),
    ("亓官", &["qi guan"]),
    ("拓跋", &["tuo ba"]),
    ("鲜于", &["xian yu"]),
    ("令狐", &["ling hu"]),
    ("单", &["shan", "dan"]),
    ("曾", &["zeng", "ceng"]),
    ("仇", &["qiu", "chou"]),
    ("解", &["xie", "jie"]),
    ("区", &["ou", "qu"]),
    ("查", &["zha", "cha"]),
    ("盖", &["ge", "gai"]),
    ("朴", &["piao", "pu"]),
    ("乐", &["yue", "le"]),
    ("翟", &["zhai", "di"]),
    ("缪", &["miao", "mou"]),
    ("秘", &["bi", "mi"]),
    ("折", &["she", "zhe"]),
    ("召", &["shao", "zhao"]),
    ("员", &["yun", "yuan"]),
    ("种", &["chong", "zhong"]),
    ("繁", &["po", "fan"]),
    ("覃", &["qin", "tan"]),
    ("冼", &["xian"]),
    ("洗", &["xian", "xi"]),
    ("隗", &["wei", "kui"]),
    ("宓", &["mi", "fu"]),
    ("郗", &["xi", "chi"]),
    ("谌", &["chen", "shen"]),
    ("牟", &["mu", "mou"]),
    ("祭", &["zhai", "ji"]),
    ("句", &["gou", "ju"]),
    ("重", &["chong", "zhong"]),
    ("长", &["chang", "zhang"]),
    ("车", &["che"]),
    ("都", &["du", "dou"]),
    ("薄", &["bo", "bao"]),
    ("柏", &["bai", "bo"]),
    ("石", &["shi"]),
    ("沈", &["shen"]),
    ("尉", &["wei", "yu"]),
    ("万", &["wan"]),
    ("宁", &["ning"]),
    ("贾", &["jia"]),
    ("逯", &["lu"]),
    ("黑", &["he", "hei"]),
];

/// One way to read a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    syllables: Vec<String>,
}

impl Reading {
    /// The syllables in lower case.
    #[must_use]
    pub fn syllables(&self) -> &[String] {
        &self.syllables
    }

    /// All syllables joined: `zhangsan`.
    #[must_use]
    pub fn full(&self) -> String {
        self.syllables.concat()
    }

    /// The first letters: `zs`.
    #[must_use]
    pub fn initials(&self) -> String {
        self.syllables.iter().filter_map(|syllable| syllable.chars().next()).collect()
    }
}

/// Whether a character is a Chinese one.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

/// The readings of a name, the likeliest first, at most [`READINGS_MAX`]. Characters that are not
/// Chinese, or have no known reading, are left out; none left gives no reading.
#[must_use]
pub fn of_name(name: &str) -> Vec<Reading> {
    let han: String = name.chars().filter(|&c| is_han(c)).take(CHARACTERS_MAX).collect();
    let (surnames, rest) = surname(&han);
    let mut choices: Vec<Vec<Vec<String>>> = Vec::new();
    if !surnames.is_empty() {
        choices.push(surnames);
    }
    for c in rest.chars() {
        let readings: Vec<Vec<String>> = of_character(c).into_iter().map(|s| vec![s]).collect();
        if !readings.is_empty() {
            choices.push(readings);
        }
    }
    if choices.is_empty() {
        return Vec::new();
    }
    // The likeliest throughout, then one change at a time: a name rarely has two odd characters.
    let mut readings = vec![pick(&choices, None)];
    let places = choices.iter().enumerate();
    let others = places.flat_map(|(place, options)| (1..options.len()).map(move |o| (place, o)));
    for change in others {
        if readings.len() == READINGS_MAX {
            break;
        }
        let reading = pick(&choices, Some(change));
        if !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    readings
}

/// A reading of the first option everywhere but at one place.
fn pick(choices: &[Vec<Vec<String>>], change: Option<(usize, usize)>) -> Reading {
    let mut syllables = Vec::with_capacity(choices.len() + 1);
    for (place, options) in choices.iter().enumerate() {
        let option = change.filter(|(changed, _)| *changed == place).map_or(0, |(_, o)| o);
        syllables.extend(options.get(option).into_iter().flatten().cloned());
    }
    Reading { syllables }
}

/// The readings of a surname that has its own, and what follows it.
fn surname(han: &str) -> (Vec<Vec<String>>, &str) {
    for (surname, readings) in SURNAMES {
        if let Some(rest) = han.strip_prefix(surname) {
            let split = |reading: &&str| reading.split(' ').map(str::to_owned).collect();
            return (readings.iter().map(split).collect(), rest);
        }
    }
    (Vec::new(), han)
}

/// The toneless readings of one character, the usual one first; at most three.
fn of_character(c: char) -> Vec<String> {
    let mut readings: Vec<String> = Vec::new();
    if c == '卜' {
        // In names always `bu`; the usual reading is that of 萝卜.
        readings.push("bu".to_owned());
    }
    let usual = c.to_pinyin().into_iter();
    let others = c.to_pinyin_multi().into_iter().flatten();
    for reading in usual.chain(others) {
        let plain = plain_letters(reading.plain());
        if !plain.is_empty() && !readings.contains(&plain) && readings.len() < 3 {
            readings.push(plain);
        }
    }
    readings
}

fn plain_letters(syllable: &str) -> String {
    let letters = syllable.chars().map(|c| match c {
        'ü' => 'v',
        'ê' | 'ế' | 'ề' => 'e',
        other => other,
    });
    letters.filter(char::is_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_with_their_surnames() {
        let check = |name: &str, full: &str, initials: &str| {
            let readings = of_name(name);
            let first = readings.first();
            assert_eq!(first.map(Reading::full).as_deref(), Some(full), "{name}");
            assert_eq!(first.map(Reading::initials).as_deref(), Some(initials), "{name}");
        };
        check("张三", "zhangsan", "zs");
        check("王小明", "wangxiaoming", "wxm");
        check("单田芳", "shantianfang", "stf");
        check("曾国藩", "zengguofan", "zgf");
        check("仇英", "qiuying", "qy");
        check("解缙", "xiejin", "xj");
        check("区志强", "ouzhiqiang", "ozq");
        check("查良镛", "zhaliangyong", "zly");
        check("尉迟恭", "yuchigong", "ycg");
        check("万俟卨", "moqixie", "mqx");
        check("长孙无忌", "zhangsunwuji", "zswj");
        check("万里", "wanli", "wl");
        check("吕布", "lvbu", "lb");
        check("欧阳锋", "ouyangfeng", "oyf");
        check("阿卜杜拉·买买提", "abudulamaimaiti", "abdlmmt");
    }

    #[test]
    fn odd_characters_give_a_few_variants() {
        let all = |name| of_name(name).iter().map(Reading::full).collect::<Vec<_>>();
        assert!(all("单雄信").contains(&"danxiongxin".to_owned()));
        assert!(all("王乐").contains(&"wangyue".to_owned()));
        assert!(all("王乐").contains(&"wangle".to_owned()));
        assert!(all("John Smith").is_empty());
        assert!(all("").is_empty());
    }

    proptest! {
        #[test]
        fn readings_are_few_and_of_letters(name in "[\u{4e00}-\u{9fff}a-z ·]{0,60}") {
            let readings = of_name(&name);
            prop_assert!(readings.len() <= READINGS_MAX);
            for reading in readings {
                prop_assert!(reading.full().bytes().all(|b| b.is_ascii_lowercase()));
                prop_assert_eq!(reading.initials().len(), reading.syllables().len());
            }
        }
    }
}
