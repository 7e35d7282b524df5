//! Rules about what people read: the papers are there, agree with each other and with the code.

use std::collections::BTreeMap;

use super::House;

/// The map of the house.
pub const ARCHITECTURE: &str = "docs/ARCHITECTURE.md";

/// Where decisions are written down.
const DECISIONS: &str = "docs/adr/";

/// Where the configuration's keys are.
const CONFIGURATION: &str = "crates/server/src/config.rs";

const PAPERS: &[&str] = &[
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "README.zh-CN.md",
    "SECURITY.md",
    "docs/ARCHITECTURE.md",
    "docs/GLOSSARY.md",
];

const TEST_COMMAND: &str = "cargo xtask test";

/// The papers every reader looks for exist.
pub fn papers(house: &House) -> Vec<String> {
    let missing = PAPERS.iter().filter(|path| house.tree.text(path).is_none());
    missing.map(|path| format!("{path} is missing")).collect()
}

/// Both READMEs have the same outline and the same code blocks.
pub fn readmes_in_step(house: &House) -> Vec<String> {
    let text = |path| house.tree.text(path).unwrap_or_default();
    let (english, chinese) = (text("README.md"), text("README.zh-CN.md"));
    let mut breaches = Vec::new();
    if outline(english) != outline(chinese) {
        breaches.push("README.zh-CN.md: other headings than README.md".to_owned());
    }
    let (ours, theirs) = (code_blocks(english), code_blocks(chinese));
    if ours.len() != theirs.len() {
        breaches.push(format!("{} code blocks against {}", ours.len(), theirs.len()));
    }
    let differing = ours.iter().zip(&theirs).filter(|(a, b)| a != b);
    breaches.extend(differing.map(|(block, _)| format!("code blocks differ:\n{block}")));
    breaches
}

/// What CI runs is what the README tells people to run.
pub fn one_test_command(house: &House) -> Vec<String> {
    let runs = house.tree.text(".ci/run").unwrap_or_default();
    let readme = house.tree.text("README.md").unwrap_or_default();
    let mut breaches = Vec::new();
    if runs.lines().last() != Some(TEST_COMMAND) {
        breaches.push(format!(".ci/run does not end by running `{TEST_COMMAND}`"));
    }
    if !code_blocks(readme).iter().any(|block| block.lines().any(|line| line == TEST_COMMAND)) {
        breaches.push(format!("README.md does not show `{TEST_COMMAND}`"));
    }
    breaches
}

/// Both READMEs list exactly the keys that the configuration reads, in its order.
pub fn configuration_keys(house: &House) -> Vec<String> {
    let Some(source) = house.tree.text(CONFIGURATION) else { return Vec::new() };
    let keys = configuration(source);
    let readmes = [("README.md", ["key", "default"]), ("README.zh-CN.md", ["键", "默认值"])];
    let mut breaches = Vec::new();
    for (path, header) in readmes {
        let rows = table_rows(house.tree.text(path).unwrap_or_default(), &header);
        let cells = rows.iter().filter_map(|row| row.first());
        let listed: Vec<&str> = cells.map(|cell| cell.trim_matches('`')).collect();
        if listed != keys {
            breaches.push(format!("{path} lists {listed:?}, {CONFIGURATION} reads {keys:?}"));
        }
    }
    breaches
}

/// The texts of the constant `KEYS`.
fn configuration(source: &str) -> Vec<&str> {
    let constant = source.split("pub const KEYS").nth(1).unwrap_or_default();
    let value = constant.split('=').nth(1).unwrap_or_default();
    let list = value.split(';').next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).collect()
}

/// Where packages come from is each machine's own setting; no file names a registry's host.
pub fn no_registry_hosts(house: &House) -> Vec<String> {
    let hosts = [
        concat!("crates", ".io"),
        concat!("pypi", ".org"),
        concat!("python", "hosted.org"),
        concat!("npm", "js.org"),
        concat!("npm", "js.com"),
        concat!("deb.", "debian.org"),
        concat!("proxy.", "golang.org"),
    ];
    let mut breaches = Vec::new();
    for file in &house.tree.files {
        let is_lock = file.path.ends_with(".lock") || file.path.ends_with("package-lock.json");
        let found = hosts.iter().filter(|_| !is_lock).filter_map(|host| file.text.find(host));
        breaches.extend(found.map(|at| format!("{}: names a package registry", file.place(at))));
    }
    breaches
}

/// Each decision has a number of its own, by which others name it.
pub fn decisions_numbered(house: &House) -> Vec<String> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let mut breaches = Vec::new();
    for file in &house.tree.files {
        let Some(name) = file.path.strip_prefix(DECISIONS) else { continue };
        let number = name.split('-').next().unwrap_or_default();
        if number.len() != 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            breaches.push(format!("{}: its name does not start with four digits", file.path));
        } else if let Some(other) = seen.insert(number, &file.path) {
            breaches.push(format!("{}: has the number of {other}", file.path));
        }
    }
    breaches
}

/// The rows below a table header that begins with `header`, as trimmed cells without backticks
/// around a whole cell.
pub fn table_rows(text: &str, header: &[&str]) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Option<Vec<String>> {
        let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
        Some(inside.split('|').map(|cell| cell.trim().to_owned()).collect())
    };
    let mut lines = text.lines().skip_while(|line| {
        !cells(line).is_some_and(|row| {
            row.iter().zip(header).filter(|(a, b)| a == b).count() == header.len()
        })
    });
    lines.next();
    lines.next();
    lines.map_while(cells).collect()
}

/// The level of each heading, in order.
fn outline(text: &str) -> Vec<usize> {
    let level = |line: &str| line.bytes().take_while(|byte| *byte == b'#').count();
    outside_code(text).map(level).filter(|level| *level > 0).collect()
}

fn outside_code(text: &str) -> impl Iterator<Item = &str> {
    text.split("```").step_by(2).flat_map(str::lines)
}

fn code_blocks(text: &str) -> Vec<&str> {
    text.split("```").skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readmes_differ_when_a_heading_or_a_command_does() {
        let check = |english: &str, chinese: &str, count| {
            let house = House::of(&[("README.md", english), ("README.zh-CN.md", chinese)], "");
            assert_eq!(readmes_in_step(&house).len(), count, "{chinese}");
        };
        let english = "# A\ntext\n## B\n```sh\n# c\nrun\n```\n";
        check(english, "# 甲\n## 乙\n字\n```sh\n# c\nrun\n```\n", 0);
        check(english, "# 甲\n### 乙\n```sh\n# c\nrun\n```\n", 1);
        check(english, "# 甲\n## 乙\n```sh\n# c\nwalk\n```\n", 1);
        check(english, "# 甲\n## 乙\n", 1);
    }

    #[test]
    fn ci_and_readme_name_the_same_command() {
        let check = |ci: &str, readme: &str, count| {
            let house = House::of(&[(".ci/run", ci), ("README.md", readme)], "");
            assert_eq!(one_test_command(&house).len(), count, "{ci} {readme}");
        };
        check("cargo xtask test\n", "```sh\ncargo xtask test\n```", 0);
        check("cargo xtask test --only sqlite\n", "```sh\ncargo xtask test\n```", 1);
        check("cargo xtask test\n", "cargo xtask test", 1);
    }

    #[test]
    fn readmes_list_the_keys_the_configuration_reads() {
        let config = "//! x\npub const KEYS: [&str; 2] = [\"data\", \"listen\"];\nfn a() { \"b\" }";
        let check = |english: &str, chinese: &str, count| {
            let english = format!("| key | default |\n|---|---|\n{english}");
            let chinese = format!("| 键 | 默认值 |\n|---|---|\n{chinese}");
            let files = [
                (CONFIGURATION, config),
                ("README.md", english.as_str()),
                ("README.zh-CN.md", chinese.as_str()),
            ];
            assert_eq!(configuration_keys(&House::of(&files, "")).len(), count, "{english}");
        };
        let both = "| `data` | a |\n| `listen` | b |\n";
        check(both, both, 0);
        check(both, "| `data` | a |\n", 1);
        check("| `listen` | b |\n| `data` | a |\n", "| `log` | c |\n", 2);
    }

    #[test]
    fn a_registry_host_is_named_only_by_lock_files() {
        let host = concat!("https://pypi", ".org/x");
        let house = House::of(&[("Cargo.lock", host), ("docs/a.md", host)], "");
        assert_eq!(no_registry_hosts(&house), ["docs/a.md:1: names a package registry"]);
    }

    #[test]
    fn no_two_decisions_share_a_number() {
        let check = |names: [&str; 2], count| {
            let files = names.map(|name| (name, "# x"));
            assert_eq!(decisions_numbered(&House::of(&files, "")).len(), count, "{names:?}");
        };
        check(["docs/adr/0001-a.md", "docs/adr/0002-b.md"], 0);
        check(["docs/adr/0001-a.md", "docs/adr/0001-b.md"], 1);
        check(["docs/adr/0001-a.md", "docs/adr/two.md"], 1);
        check(["docs/0001-a.md", "docs/adr/0001-b.md"], 0);
    }

    #[test]
    fn rows_follow_their_header() {
        let text = "| x | y |\n|--|--|\n| 1 | 2 |\n\n| a | b | c |\n|--|--|--|\n| 3 | 4 | 5 |\n";
        assert_eq!(table_rows(text, &["a", "b"]), [["3", "4", "5"]]);
        assert!(table_rows(text, &["q"]).is_empty());
    }
}
