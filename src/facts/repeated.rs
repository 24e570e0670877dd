//! Tables that say again, row by row, what another table says.

use std::collections::{BTreeMap, BTreeSet};

use crate::cell::CellRef;
use crate::problem::{Kind, Problem};

/// Rows of a table from which on a whole table may be said to repeat another.
const LEAST_REPEATED_ROWS: usize = 2;

/// A table of which every row stands in another table, too, is one remark and not one for each row: the places of
/// all rows of its kind, and what was said of them.
pub fn merge_repeats<'a>(rows: impl Iterator<Item = &'a CellRef>, problems: &mut Vec<Problem>) {
    let table = |at: &CellRef| CellRef { cell: None, ..at.clone() };
    let mut n_rows: BTreeMap<CellRef, usize> = BTreeMap::new();
    for at in rows {
        *n_rows.entry(table(at)).or_default() += 1;
    }
    let other = |problem: &Problem| match &problem.kind {
        Kind::RepeatedTarget { first, .. } | Kind::RepeatedDeal { first, .. } => {
            first.rsplit_once('!').map(|(place, _)| place.to_string())
        }
        _ => None,
    };
    let mut repeats: BTreeMap<(CellRef, String), usize> = BTreeMap::new();
    for problem in problems.iter() {
        if let Some(other) = other(problem).filter(|other| *other != table(&problem.at).to_string()) {
            *repeats.entry((table(&problem.at), other)).or_default() += 1;
        }
    }
    repeats.retain(|(at, _), n| n_rows.get(at) == Some(n) && *n >= LEAST_REPEATED_ROWS);
    let mut said = BTreeSet::new();
    let merged = std::mem::take(problems).into_iter().filter_map(|problem| {
        let Some(other) = other(&problem) else { return Some(problem) };
        let key = (table(&problem.at), other);
        let Some(n_rows) = repeats.get(&key).copied() else { return Some(problem) };
        let (at, other) = key.clone();
        said.insert(key).then(|| Problem::new(at, Kind::TableRepeated { n_rows, other }))
    });
    *problems = merged.collect();
}
