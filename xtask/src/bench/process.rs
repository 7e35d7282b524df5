//! What processes cost, as Linux counts it: CPU time in clock ticks, memory in KiB.

use std::collections::BTreeMap;
use std::fs;

use crate::Result;

/// Clock ticks of a second (`USER_HZ`, the same on every Linux).
pub const TICKS: u64 = 100;

/// Ticks used so far by the process `root`, all processes below it, and their ended children.
pub fn ticks_below(root: u32) -> Result<u64> {
    let mut parents: BTreeMap<u32, u32> = BTreeMap::new();
    let mut used: BTreeMap<u32, u64> = BTreeMap::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let Ok(text) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let rest: Vec<&str> = match text.rsplit_once(')') {
            Some((_, rest)) => rest.split_whitespace().collect(),
            None => continue,
        };
        let number = |at: usize| rest.get(at).and_then(|text| text.parse::<u64>().ok());
        let parent = number(1).and_then(|parent| u32::try_from(parent).ok()).unwrap_or(0);
        parents.insert(pid, parent);
        used.insert(pid, (11..15).filter_map(number).sum());
    }
    let below = |pid: u32| {
        let chain = std::iter::successors(Some(pid), |pid| parents.get(pid).copied());
        chain.take_while(|pid| *pid != 0).take(64).any(|pid| pid == root)
    };
    Ok(used.iter().filter(|(pid, _)| below(**pid)).map(|(_, ticks)| ticks).sum())
}

/// Ticks used by the ended children of this process.
pub fn ticks_of_children() -> Result<u64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let parts = rest.split_whitespace().skip(13).take(2);
    Ok(parts.filter_map(|part| part.parse::<u64>().ok()).sum())
}

/// A line of `/proc/<pid>/status` that counts KiB, such as `VmRSS` or `VmHWM`.
pub fn memory_kib(pid: u32, line: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let found = text.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let number = found.and_then(|rest| rest.split_whitespace().next());
    Ok(number.ok_or("no such line of memory")?.parse()?)
}

/// The machine in a few words.
pub fn machine() -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let count = cpu.lines().filter(|line| line.starts_with("processor")).count();
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kib = memory.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok());
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    Ok(format!(
        "{count} × {}, {} GiB, load at the start {load}",
        model.map_or("unknown processor", |(_, name)| name),
        kib.unwrap_or(0) >> 20
    ))
}
