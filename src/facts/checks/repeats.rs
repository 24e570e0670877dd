//! Rows that stand twice: in one sheet, in two, or all of a sheet in another file.
//!
//! Rows are compared by one number each, made column by column. Only sheets whose days
//! overlap, and sheets with document numbers, are looked at.

use std::hash::{Hash, Hasher};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::measure::Amount;
use crate::problem::{Kind, Problem, Stake};
use crate::tables::actuals::{Chunk, FixedReading, PersonName, UNDATED};

use super::super::roster::key;
use super::{Joined, shown, sum};

/// Places that a message names.
const SHOWN: usize = 5;
/// Without document numbers, fewer equal rows in two sheets may be chance: two people sell the same twice.
const FEWEST_WITHOUT_DOCUMENTS: usize = 3;
/// With them, fewer equal rows are no repeated sheet, only repeated rows.
const FEWEST_OF_A_SHEET: usize = 2;
/// Stands for a row that cannot be compared: undated, or without any figure.
const NOT_COMPARED: u64 = 0;

pub fn find(joined: &Joined<'_>, problems: &mut Vec<Problem>) {
    let chunks = joined.chunks;
    let is_wanted = overlapping(chunks);
    // Rows of different sheets are compared without what only one sheet's reader has seen of them.
    let rows: Vec<Vec<u64>> = chunks
        .par_iter()
        .zip(&is_wanted)
        .map(|(chunk, wanted)| if *wanted { hashes(chunk) } else { Vec::new() })
        .collect();
    for (index, chunk) in chunks.iter().enumerate() {
        within(joined, chunk, &rows[index], problems);
    }
    between(joined, &rows, problems);
}

/// First and last day of a sheet.
fn days(chunk: &Chunk) -> Option<(i32, i32)> {
    let dated = || (0..chunk.n_rows()).filter(|row| chunk.first_day[*row] != UNDATED);
    Some((dated().map(|row| chunk.first_day[row]).min()?, dated().map(|row| chunk.last_day[row]).max()?))
}

/// Keys of the measures in a fixed order: sheets with other measures hold other rows.
fn measures(chunk: &Chunk) -> Vec<&str> {
    let mut keys: Vec<&str> = chunk.measures.iter().map(|(key, _, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys
}

/// Sheets whose days overlap those of another with the same measures.
fn overlapping(chunks: &[Chunk]) -> Vec<bool> {
    let mut spans: Vec<(Vec<&str>, i32, i32, usize)> = chunks
        .iter()
        .enumerate()
        .filter_map(|(index, chunk)| days(chunk).map(|(first, last)| (measures(chunk), first, last, index)))
        .collect();
    spans.sort_unstable();
    let mut is_wanted = vec![false; chunks.len()];
    for same in spans.chunk_by(|a, b| a.0 == b.0) {
        // The one that reaches furthest of those that began before.
        let mut furthest: Option<(i32, usize)> = None;
        for (_, first, last, index) in same {
            if let Some((reached, other)) = furthest
                && *first <= reached
            {
                is_wanted[*index] = true;
                is_wanted[other] = true;
            }
            if furthest.is_none_or(|(reached, _)| *last > reached) {
                furthest = Some((*last, *index));
            }
        }
    }
    is_wanted
}

/// One step of a hash: cheap, and good in all bits once finished.
fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn finish(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 31)).max(1)
}

fn text_hash(text: Option<&str>) -> u64 {
    let Some(text) = text else { return 0 };
    let mut hasher = FxHasher::default();
    key(text).hash(&mut hasher);
    hasher.finish().max(1)
}

/// The id where there is one, else the name: the same person in two exports of one system.
fn person_hash(person: &PersonName) -> u64 {
    text_hash(person.id.as_deref().or(person.name.as_deref()))
}

/// One number per row, column by column.
fn hashes(chunk: &Chunk) -> Vec<u64> {
    let days = chunk.first_day.iter().zip(&chunk.last_day);
    let mut rows: Vec<u64> =
        days.map(|(first, last)| mix(u64::from(first.cast_unsigned()), u64::from(last.cast_unsigned()))).collect();
    let people: Vec<u64> = chunk.people.values.iter().map(person_hash).collect();
    for (row, index) in rows.iter_mut().zip(&chunk.people.indices) {
        *row = mix(*row, people[*index as usize]);
    }
    for dictionary in [&chunk.documents, &chunk.regions] {
        let Some(dictionary) = dictionary else { continue };
        let values: Vec<u64> = dictionary.values.iter().map(|value| text_hash(value.as_deref())).collect();
        for (row, index) in rows.iter_mut().zip(&dictionary.indices) {
            *row = mix(*row, values[*index as usize]);
        }
    }
    let mut has_figure = vec![false; rows.len()];
    let mut columns: Vec<_> = chunk.measures.iter().collect();
    columns.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    for column in columns.iter().map(|(_, _, column)| column).chain(&chunk.share) {
        // At one scale for all sheets: equal amounts are equal however many decimals their columns have.
        let finer = 10u64.pow(6 - u32::from(column.scale().min(6)));
        let is_share = chunk.share.as_ref().is_some_and(|share| std::ptr::eq(share, column));
        for (index, row) in rows.iter_mut().enumerate() {
            let value = match column.get(index) {
                FixedReading::Known(units) => {
                    has_figure[index] |= units != 0 && !is_share;
                    units.cast_unsigned().wrapping_mul(finer)
                }
                FixedReading::Blank => u64::MAX,
                FixedReading::Unreadable => u64::MAX - 1,
            };
            *row = mix(*row, value);
        }
    }
    for (index, row) in rows.iter_mut().enumerate() {
        let is_compared = has_figure[index] && chunk.first_day[index] != UNDATED;
        *row = if is_compared { finish(*row) } else { NOT_COMPARED };
    }
    rows
}

fn has_document(chunk: &Chunk, row: usize) -> bool {
    let document = |documents: &crate::tables::actuals::Dictionary<Option<String>>| {
        documents.values[documents.indices[row] as usize].is_some()
    };
    chunk.documents.as_ref().is_some_and(document)
}

/// The cell of a row's amount.
fn cell(chunk: &Chunk, row: usize) -> crate::cell::CellRef {
    let column = chunk.measures.first().map_or(0, |(_, column, _)| *column);
    chunk.place.at(chunk.source_rows[row], column)
}

/// The first places, as `D7, D9, …`.
fn places(chunk: &Chunk, rows: &[usize]) -> String {
    let mut places: Vec<String> = rows.iter().take(SHOWN).map(|row| cell(chunk, *row).address()).collect();
    if rows.len() > SHOWN {
        places.push("…".to_string());
    }
    places.join(", ")
}

/// The amount that is counted twice, with its measure.
fn stake(joined: &Joined<'_>, chunk: &Chunk, amount: Option<Amount>) -> Stake {
    let key = chunk.measures.first().map(|(key, _, _)| key.as_str());
    let metric = key.and_then(|key| joined.metrics.get(key));
    let (Some(metric), Some(amount)) = (metric, amount) else { return Stake::default() };
    Stake { metric: metric.key.clone(), amount: shown(metric, amount) }
}

/// The numbers that stand more than once: nearly all stand alone, and are of no interest.
fn repeated(mut hashes: Vec<u64>) -> FxHashSet<u64> {
    hashes.par_sort_unstable();
    hashes.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect()
}

/// Rows of one sheet that are the same in every cell, document number included.
fn within(joined: &Joined<'_>, chunk: &Chunk, known: &[u64], problems: &mut Vec<Problem>) {
    let (Some(documents), rest) = (&chunk.documents, &chunk.rest) else { return };
    // Most documents stand in one row: only the others are worth a number.
    let mut n_rows = vec![0u32; documents.values.len()];
    documents.indices.iter().for_each(|index| n_rows[*index as usize] += 1);
    let several = documents.values.iter().zip(&n_rows).any(|(document, n_rows)| document.is_some() && *n_rows > 1);
    if !several {
        return;
    }
    let own;
    let hashes = if known.is_empty() {
        own = hashes(chunk);
        &own
    } else {
        known
    };
    let is_several = |row: usize| {
        let document = documents.indices[row] as usize;
        n_rows[document] > 1 && documents.values[document].is_some() && hashes[row] != NOT_COMPARED
    };
    let whole = |row: usize| finish(mix(hashes[row], u64::from(rest[row])));
    let twice = repeated((0..chunk.n_rows()).filter(|row| is_several(*row)).map(whole).collect());
    let mut seen: FxHashSet<u64> = FxHashSet::default();
    let mut first = None;
    let mut repeated = Vec::new();
    for row in (0..chunk.n_rows()).filter(|row| !twice.is_empty() && is_several(*row)) {
        let hash = whole(row);
        if !twice.contains(&hash) {
            continue;
        }
        if !seen.insert(hash) {
            repeated.push(row);
        } else if first.is_none() {
            first = Some(row);
        }
    }
    let (Some(first), Some(row)) = (first, repeated.first()) else { return };
    let amount = sum(chunk, repeated.iter().copied());
    let kind = Kind::RepeatedRows {
        n_rows: repeated.len(),
        other: cell(chunk, first).to_string(),
        places: places(chunk, &repeated),
        stake: stake(joined, chunk, amount),
    };
    problems.push(Problem::new(cell(chunk, *row), kind).worth(amount));
}

/// Whether two sheets write their cells alike, so that rows can be compared in all of them. A line for
/// another product is another line; in files of two types the same cell may be text here and number there.
fn is_alike(a: &Chunk, b: &Chunk) -> bool {
    let ending = |chunk: &Chunk| chunk.place.file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    ending(a) == ending(b)
}

/// Whether rows that sell the same say different things besides, in all that is known of both: of two
/// sheets for two products the rows may look alike.
fn differ_besides((a, in_a): (&Chunk, &[u64]), (b, in_b): (&Chunk, &[u64]), shared: &[usize]) -> bool {
    let mut known: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (hash, rest) in in_a.iter().zip(&a.rest) {
        known.entry(*hash).or_default().push(*rest);
    }
    let both = shared.iter().filter_map(|row| Some((known.get(&in_b[*row])?, b.rest.get(*row)?)));
    let (n_both, n_same) =
        both.fold((0, 0), |(n_both, n_same), (known, rest)| (n_both + 1, n_same + usize::from(known.contains(rest))));
    n_both > 0 && n_same == 0
}

/// Rows of one sheet that stand in another, too; all of them, where the other is another file's.
fn between(joined: &Joined<'_>, rows: &[Vec<u64>], problems: &mut Vec<Problem>) {
    let chunks = joined.chunks;
    let repeated = repeated(rows.iter().flatten().copied().filter(|hash| *hash != NOT_COMPARED).collect());
    if repeated.is_empty() {
        return;
    }
    // The sheet that has a row first.
    let mut first: FxHashMap<u64, usize> = FxHashMap::default();
    // Rows of a later sheet by the earlier sheet that has them.
    let mut pairs: std::collections::BTreeMap<(usize, usize), Vec<usize>> = std::collections::BTreeMap::new();
    for (index, rows) in rows.iter().enumerate() {
        for (row, hash) in rows.iter().enumerate().filter(|(_, hash)| repeated.contains(hash)) {
            let earlier = *first.entry(*hash).or_insert(index);
            if earlier != index {
                pairs.entry((earlier, index)).or_default().push(row);
            }
        }
    }
    let n_compared: Vec<usize> =
        rows.iter().map(|rows| rows.iter().filter(|hash| **hash != NOT_COMPARED).count()).collect();
    // How often the earlier sheet has each of its rows: counted once for all the sheets that it is paired with.
    type Copies = FxHashMap<(u64, u32), usize>;
    let mut known: Option<(usize, bool, Copies)> = None;
    for ((earlier, later), shared) in pairs {
        let (a, b) = (&chunks[earlier], &chunks[later]);
        let is_alike = is_alike(a, b);
        let has_rest = is_alike && a.documents.is_some() && b.documents.is_some();
        let whole =
            |chunk: &Chunk, index: usize, row: usize| (rows[index][row], if has_rest { chunk.rest[row] } else { 0 });
        if known.as_ref().is_none_or(|(index, alike, _)| (*index, *alike) != (earlier, has_rest)) {
            let mut copies = Copies::default();
            for (row, _) in rows[earlier].iter().enumerate().filter(|(_, hash)| repeated.contains(hash)) {
                *copies.entry(whole(a, earlier, row)).or_default() += 1;
            }
            known = Some((earlier, has_rest, copies));
        }
        let Some((_, _, copies)) = &known else { continue };
        // As often as it stands in both: a row that stands twice here and once there is repeated once.
        let mut taken = Copies::default();
        let take = |row: &usize| {
            let hash = whole(b, later, *row);
            let taken = taken.entry(hash).or_default();
            *taken += 1;
            copies.get(&hash).is_some_and(|copies| *taken <= *copies)
        };
        let shared: Vec<usize> = shared.into_iter().filter(take).collect();
        let Some(row) = shared.first().copied() else { continue };
        if is_alike && !has_rest && differ_besides((a, &rows[earlier]), (b, &rows[later]), &shared) {
            continue;
        }
        let (n_earlier, n_later) = (n_compared[earlier], n_compared[later]);
        let has_documents = shared.iter().all(|row| has_document(b, *row));
        let names_someone = |row: &usize| b.people.values[b.people.indices[*row] as usize] != PersonName::default();
        let least = if has_documents { FEWEST_OF_A_SHEET } else { FEWEST_WITHOUT_DOCUMENTS };
        let is_all = shared.len() >= n_earlier.min(n_later) && shared.len() >= least;
        let amount: Option<Amount> = sum(b, shared.iter().copied());
        if is_all && a.place.file != b.place.file {
            // Named is the sheet of which nothing is new.
            let (repeat, other, n_rows) = if shared.len() == n_later { (b, a, n_later) } else { (a, b, n_earlier) };
            let stake = stake(joined, repeat, amount);
            let kind = Kind::RepeatedSheet { n_rows, other: other.place.to_string(), stake };
            problems.push(Problem::new(repeat.place.clone(), kind).worth(amount));
            continue;
        }
        // Without document numbers only a good part of a sheet, by people who are named, is more than chance.
        let is_part = shared.len() >= FEWEST_WITHOUT_DOCUMENTS
            && shared.len() * 2 >= n_earlier.min(n_later)
            && shared.iter().all(names_someone);
        if has_documents || is_part {
            let kind = Kind::RepeatedRows {
                n_rows: shared.len(),
                other: a.place.to_string(),
                places: places(b, &shared),
                stake: stake(joined, b, amount),
            };
            problems.push(Problem::new(cell(b, row), kind).worth(amount));
        }
    }
}
