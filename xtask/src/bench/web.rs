//! `cargo xtask bench --web`: how long people wait in a browser, on a base of many customers.
//!
//! Fills a new data folder with the demo, serves it from the release build and lets
//! `web/bench/measure.mjs` walk and judge the pages. Leaves nothing behind but its section of
//! docs/BENCHMARKS.md.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use super::{Asked, Folder, Server, Settings, process, report};
use crate::{Result, program, web, workspace};

/// Times each page is measured; the middle counts.
const RUNS: u32 = 3;

/// Measures and reports.
pub fn run(asked: &Asked) -> Result<()> {
    let release = workspace::target()?.join("release");
    if !asked.built {
        web::build_if_stale()?;
        let mut server = workspace::cargo();
        server.args(["build", "--release", "--package", "server", "--bin", "jinyao"]);
        program::show(&mut server)?;
    }
    let machine = process::machine()?;
    let folder = Folder(workspace::target()?.join(format!("bench-web-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0)?;
    let settings = Settings { data: folder.0.join("data"), url: None };
    let customers = asked.customers.to_string();
    for args in [["pack", "install"].as_slice(), &["demo", "--customers", &customers]] {
        let mut command = Command::new(release.join("jinyao"));
        settings.give(&mut command);
        program::show(command.args(args).current_dir(&folder.0).stdout(Stdio::null()))?;
    }
    let server = Server::start(&release, &settings)?;
    let base = format!("http://{}", server.address);
    let measured: Json = serde_json::from_str(&web::measure(&base, RUNS)?)?;
    server.stop()?;
    let text = section(asked.customers, &machine, &measured)?;
    println!("\n{text}");
    if !asked.quick {
        report::keep(&text)?;
    }
    Ok(())
}

fn section(customers: u64, machine: &str, measured: &Json) -> Result<String> {
    let mut out = String::new();
    writeln!(out, "## In the browser, {customers} customers\n\n{}\n", report::place(machine)?)?;
    writeln!(
        out,
        "The release build on SQLite, headless Chromium on the same machine; the middle of"
    )?;
    writeln!(
        out,
        "{RUNS} runs. Pages by Lighthouse 12, on a phone with its slow line and processor.\n"
    )?;
    writeln!(out, "| figure | value | target | |\n|---|---:|---:|---|")?;
    for figure in measured.get("figures").and_then(Json::as_array).into_iter().flatten() {
        let text = |key: &str| figure.get(key).and_then(Json::as_str).unwrap_or("?");
        let met = report::met(figure.get("met").and_then(Json::as_bool).unwrap_or(false));
        writeln!(out, "| {} | {} | {} | {met} |", text("name"), text("value"), text("target"))?;
    }
    writeln!(out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_figure_beyond_its_target_says_so() {
        let figures = json!({ "figures": [
            { "name": "list", "value": "900 ms", "target": "≤ 1500 ms", "met": true },
            { "name": "page", "value": "2100 ms", "target": "≤ 2000 ms", "met": false },
        ] });
        let text = section(10, "a machine", &figures).unwrap_or_default();
        assert!(text.contains("| list | 900 ms | ≤ 1500 ms | met |"), "{text}");
        assert!(text.contains("| page | 2100 ms | ≤ 2000 ms | **not met** |"), "{text}");
    }
}
