//! How an installation is set up: one struct, read from a file and the environment.
//!
//! The environment wins over the file. Every mistake is reported at once. Business settings are
//! not here: they are parameters and records.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

/// Settings of one server process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Folder of the database, keys and files.
    pub data: PathBuf,
    /// `postgres://…` or `sqlite:<path>`.
    pub database_url: String,
    /// The key ring; lose it and sealed values are lost.
    pub key_file: PathBuf,
    /// Address to serve on.
    pub listen: SocketAddr,
    /// Cookies without `Secure`, for a machine without TLS in front.
    pub plain_http: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Requests a second and actor; 0 is no limit.
    pub requests_per_second: u32,
    /// Seconds a request may take.
    pub request_seconds: u64,
    /// Seconds that running requests get to end at shutdown.
    pub drain_seconds: u64,
    /// Database connections for reads (SQLite) or all (PostgreSQL).
    pub connections: usize,
    /// Jobs run at a time; 0 leaves jobs to other nodes.
    pub workers: usize,
    /// Command that judges uploaded files; none: they are not scanned.
    pub scan_command: Option<String>,
    /// Key that `/metrics` asks for from other machines; none: only this machine may ask.
    pub metrics_key: Option<String>,
    /// What is logged, such as `info` or `info,http=debug`.
    pub log: String,
    /// Log lines as JSON.
    pub log_json: bool,
}

/// Keys of the file; each is also an environment variable `JINYAO_<KEY>`.
pub const KEYS: [&str; 15] = [
    "data",
    "database_url",
    "key_file",
    "listen",
    "plain_http",
    "trusted_proxies",
    "requests_per_second",
    "request_seconds",
    "drain_seconds",
    "connections",
    "workers",
    "scan_command",
    "metrics_key",
    "log",
    "log_json",
];

/// Everything wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration needs correction:\n{}", .0.join("\n"))]
pub struct Mistakes(pub Vec<String>);

/// Where a value came from, with its text.
struct Given {
    source: String,
    text: String,
}

impl Config {
    /// Reads `file` (missing is fine unless it was named) and the environment.
    ///
    /// # Errors
    /// With every unknown key and unusable value at once.
    pub fn load(file: Option<&Path>) -> Result<Config, Mistakes> {
        Config::load_with(file, |_| None)
    }

    /// As [`Config::load`]; what `given` says of a variable wins over the environment.
    ///
    /// # Errors
    /// With every unknown key and unusable value at once.
    pub fn load_with(
        file: Option<&Path>,
        given: impl Fn(&str) -> Option<String>,
    ) -> Result<Config, Mistakes> {
        let path = file.unwrap_or(Path::new("jinyao.toml"));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                String::new()
            }
            Err(error) => return Err(Mistakes(vec![format!("{}: {error}", path.display())])),
        };
        Config::read(&path.display().to_string(), &text, |name| {
            given(name).or_else(|| std::env::var(name).ok())
        })
    }

    /// Reads the text of a file named `source`, and the environment through `env`.
    ///
    /// # Errors
    /// With every unknown key and unusable value at once.
    pub fn read(
        source: &str,
        text: &str,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Config, Mistakes> {
        let mut reader = Reader { given: Default::default(), mistakes: Vec::new() };
        reader.file(source, text);
        reader.environment(env);
        let data = PathBuf::from(reader.text("data").unwrap_or_else(|| "data".into()));
        let database_url = reader
            .text("database_url")
            .unwrap_or_else(|| format!("sqlite:{}", data.join("jinyao.db").display()));
        let config = Config {
            key_file: reader.text("key_file").map_or_else(|| data.join("keys.toml"), PathBuf::from),
            database_url,
            listen: reader.parse("listen", SocketAddr::from(([127, 0, 0, 1], 8600))),
            plain_http: reader.parse("plain_http", false),
            trusted_proxies: reader.networks("trusted_proxies"),
            requests_per_second: reader.parse("requests_per_second", 200),
            request_seconds: reader.bounded("request_seconds", 30, 1, 600),
            drain_seconds: reader.bounded("drain_seconds", 20, 0, 600),
            connections: usize::try_from(reader.bounded("connections", 8, 1, 256)).unwrap_or(8),
            workers: usize::try_from(reader.bounded("workers", 2, 0, 64)).unwrap_or(2),
            scan_command: reader.text("scan_command"),
            metrics_key: reader.text("metrics_key"),
            log: reader.text("log").unwrap_or_else(|| "info".into()),
            log_json: reader.parse("log_json", false),
            data,
        };
        if config.metrics_key.as_ref().is_some_and(|key| key.len() < 16) {
            reader.mistakes.push("metrics_key: use at least 16 characters".into());
        }
        if reader.mistakes.is_empty() { Ok(config) } else { Err(Mistakes(reader.mistakes)) }
    }
}

struct Reader {
    given: std::collections::BTreeMap<&'static str, Given>,
    mistakes: Vec<String>,
}

impl Reader {
    fn file(&mut self, source: &str, text: &str) {
        let table: toml_edit::DocumentMut = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                self.mistakes.push(format!("{source}: {error}"));
                return;
            }
        };
        for (key, item) in table.iter() {
            let Some(known) = KEYS.iter().find(|known| **known == key) else {
                self.mistakes
                    .push(format!("{source}: unknown key `{key}`; known are {}", KEYS.join(", ")));
                continue;
            };
            let text = match item.as_value() {
                Some(toml_edit::Value::String(text)) => text.value().clone(),
                Some(toml_edit::Value::Integer(number)) => number.value().to_string(),
                Some(toml_edit::Value::Boolean(flag)) => flag.value().to_string(),
                Some(toml_edit::Value::Array(items)) => {
                    let texts: Vec<&str> = items.iter().filter_map(|item| item.as_str()).collect();
                    texts.join(",")
                }
                _ => {
                    self.mistakes.push(format!("{source}: `{key}` must be a plain value"));
                    continue;
                }
            };
            self.given.insert(known, Given { source: source.to_owned(), text });
        }
    }

    fn environment(&mut self, env: impl Fn(&str) -> Option<String>) {
        for key in KEYS {
            let name = format!("JINYAO_{}", key.to_uppercase());
            let plain = (key == "database_url").then_some("DATABASE_URL");
            let found = [Some(name.as_str()), plain]
                .into_iter()
                .flatten()
                .find_map(|name| Some((name.to_owned(), env(name)?)));
            if let Some((source, text)) = found {
                self.given.insert(key, Given { source, text });
            }
        }
    }

    fn text(&mut self, key: &'static str) -> Option<String> {
        let given = self.given.get(key)?;
        let text = given.text.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    fn parse<T: std::str::FromStr>(&mut self, key: &'static str, default: T) -> T {
        let Some(text) = self.text(key) else { return default };
        if let Ok(value) = text.parse() {
            return value;
        }
        self.mistake(key, &format!("`{text}` cannot be used here"));
        default
    }

    fn bounded(&mut self, key: &'static str, default: u64, least: u64, most: u64) -> u64 {
        let value = self.parse(key, default);
        if !(least..=most).contains(&value) {
            self.mistake(key, &format!("{value} must lie between {least} and {most}"));
        }
        value
    }

    fn networks(&mut self, key: &'static str) -> Vec<IpNet> {
        let text = self.text(key).unwrap_or_default();
        let mut found = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match network(part) {
                Some(net) => found.push(net),
                None => self.mistake(key, &format!("`{part}` is not an address or network")),
            }
        }
        found
    }

    fn mistake(&mut self, key: &'static str, what: &str) {
        let source = self.given.get(key).map_or("default", |given| given.source.as_str());
        self.mistakes.push(format!("{source}: {key}: {what}"));
    }
}

/// A network, or one address.
#[must_use]
pub fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_environment_wins_over_the_file() {
        let text = "listen = \"0.0.0.0:9000\"\nworkers = 4\nplain_http = true\n";
        let env = |name: &str| match name {
            "JINYAO_WORKERS" => Some("0".into()),
            "DATABASE_URL" => Some("postgres://x".into()),
            _ => None,
        };
        let config = Config::read("jinyao.toml", text, env).unwrap();
        assert_eq!(config.listen, "0.0.0.0:9000".parse().unwrap());
        assert_eq!(config.workers, 0);
        assert!(config.plain_http);
        assert_eq!(config.database_url, "postgres://x");
        assert_eq!(config.key_file, Path::new("data/keys.toml"));
    }

    #[test]
    fn both_readmes_list_every_key_in_order() {
        for text in [include_str!("../../../README.md"), include_str!("../../../README.zh-CN.md")] {
            let first = |line: &str| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned());
            let listed: Vec<String> = text.lines().filter_map(first).collect();
            let start = listed.iter().position(|name| name == KEYS[0]).unwrap();
            assert_eq!(listed[start..start + KEYS.len()], KEYS);
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let text = "listn = 1\nworkers = 1000\nplain_http = \"yes\"\ntrusted_proxies = [\"x\"]\n";
        let Mistakes(found) = Config::read("f", text, |_| None).unwrap_err();
        assert_eq!(found.len(), 4, "{found:?}");
    }
}
