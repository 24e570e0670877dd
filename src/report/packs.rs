//! What the reader of a pack sees: the same pages, made from their own facts, with their part of the register.

use std::collections::HashSet;

use crate::facts::Level;
use crate::tables::register::Entry;

use super::{Findings, deviations};

/// The numbers of today's deviations.
pub fn deviation_ids(findings: &Findings<'_>) -> HashSet<String> {
    findings.deviations.iter().map(|deviation| deviations::id(findings, deviation)).collect()
}

/// Leaves a reader's findings what the whole's register has, too: a manager's people together are no unit of the
/// whole, and what is off of them stands with each. The reader's own unit is always shown.
pub fn narrow(findings: &mut Findings<'_>, of_whole: &HashSet<String>) {
    let ids: Vec<String> = findings.deviations.iter().map(|deviation| deviations::id(findings, deviation)).collect();
    let mut ids = ids.iter();
    findings.deviations.retain(|_| ids.next().is_some_and(|id| of_whole.contains(id)));
    if !findings.levels.contains(&Level::Company) {
        findings.levels.insert(0, Level::Company);
    }
    findings.allocation = None;
    findings.company = None;
}

/// The reader's entries: those of their deviations, and what their pack held before that is nobody else's today.
pub fn entries(register: &[Entry], own: &HashSet<String>, of_whole: &HashSet<String>, file: &str) -> Vec<Entry> {
    let is_own = |entry: &&Entry| {
        let id = entry.id();
        let is_todays = id.as_ref().is_some_and(|id| of_whole.contains(id));
        if is_todays { id.is_some_and(|id| own.contains(&id)) } else { entry.packs.contains(file) }
    };
    register.iter().filter(is_own).cloned().collect()
}
