//! Which readings make up a figure: posted once more, for whoever asks.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use rustc_hash::FxHashMap;

use crate::facts::{JoinRules, Units};
use crate::measure::Amount;
use crate::metric::Metrics;
use crate::period::{Calendar, Period, Scope, Span};
use crate::tables::actuals::{Chunk, PersonName};

use super::chunk::{DayKey, GroupKey, Seen, SeenKey, post_chunk};
use super::post::{Shares, item_of, join_people, own_value, seats_of};
use super::{Ledger, number};

/// When the readings of a figure are of.
#[derive(Clone, Debug)]
pub enum When {
    /// Months, each with whether the days after the as-of day's namesake count too.
    Months(Vec<(Period, bool)>),
    /// Weeks, by their first days, as far as they count in some months.
    Weeks(Vec<NaiveDate>, Vec<Period>),
    /// Of a level: each seat's last reading in these days.
    LastOf(Span),
}

/// Which readings a figure is made of.
pub struct Wanted<'a> {
    /// Position of a metric that is not a ratio.
    pub metric: usize,
    pub when: When,
    /// Whether a seat's readings count, of an item (if the table has any), bought by a customer (if it names one).
    pub counts: &'a dyn Fn(u32, Option<u32>, Option<u32>) -> bool,
}

/// A row's part in a figure.
#[derive(Clone, Debug)]
pub struct Posting {
    /// Position of the sheet among those read.
    pub chunk: usize,
    /// Position of the row in the sheet's columns.
    pub row: usize,
    /// Position among the sheet's measures.
    pub measure: usize,
    /// Nothing where the cell could not be read.
    pub amount: Option<Amount>,
}

/// The rows that a figure is made of, in input order, by the rules by which they were posted. `units` is as it was
/// when they had been.
pub(in crate::facts) fn postings(
    chunks: &[Chunk],
    units: &mut Units,
    metrics: &Metrics,
    calendar: &Calendar,
    scope: Scope,
    rules: JoinRules,
    wanted: &Wanted<'_>,
) -> Vec<Posting> {
    let mut ledger = Ledger::default();
    let mut known: FxHashMap<&PersonName, u32> = FxHashMap::default();
    let mut problems = Vec::new();
    let people: Vec<Vec<u32>> =
        chunks.iter().map(|chunk| join_people(chunk, units, &mut ledger, &mut known, &mut problems)).collect();
    let is_when = |key: SeenKey| match (&wanted.when, key) {
        (When::Months(months), SeenKey::Month(key)) => {
            months.iter().any(|(month, whole)| number(*month) == key.month && (*whole || !key.is_rest))
        }
        (When::Weeks(weeks, months), SeenKey::Week(key)) => {
            let is_month = |month: &Period| number(*month) == key.month;
            weeks.iter().any(|week| week.num_days_from_ce() == key.day) && months.iter().any(is_month)
        }
        (When::LastOf(days), SeenKey::Level(key)) => {
            (days.first.num_days_from_ce()..=days.last.num_days_from_ce()).contains(&key.day)
        }
        _ => false,
    };
    let mut found: BTreeMap<(usize, usize, usize), Posting> = BTreeMap::new();
    // Of a level: the day of each seat's last reading, and what was read.
    let mut last: FxHashMap<u32, (i32, Vec<Posting>)> = FxHashMap::default();
    for (position, (chunk, people)) in chunks.iter().zip(&people).enumerate() {
        let of_metric = |measure: usize| metrics.position(&chunk.measures[measure].0) == Some(wanted.metric);
        let mut seen: Vec<Seen> = Vec::new();
        post_chunk(chunk, people, units, metrics, calendar, scope, &mut |reading| {
            if of_metric(reading.measure) && is_when(reading.key) {
                seen.push(reading);
            }
        });
        // As when they were posted: by group, so that seats that share a sum get the same cents of it.
        let mut groups: BTreeMap<SeenKey, Vec<Seen>> = BTreeMap::new();
        for reading in seen {
            let group = match reading.key {
                SeenKey::Month(key) => SeenKey::Month(key.of_all_products()),
                key => key,
            };
            groups.entry(group).or_default().push(reading);
        }
        for (group, mut readings) in groups {
            let (SeenKey::Week(DayKey { person, stint, team, region, .. })
            | SeenKey::Level(DayKey { person, stint, team, region, .. })
            | SeenKey::Month(GroupKey { person, stint, team, region, .. })) = group;
            let (seats, weights) =
                seats_of(chunk, [person, stint, team, region], units, rules, &mut BTreeSet::default());
            // Products in the order in which they were posted: that of their keys.
            readings.sort_by_key(|reading| (reading.measure, reading.key));
            for of_measure in readings.chunk_by(|a, b| a.measure == b.measure) {
                let mut shares = Shares::new(&weights);
                for reading in of_measure {
                    let item = match reading.key {
                        SeenKey::Month(key) => item_of(chunk, key.product, key.segment, units),
                        _ => None,
                    };
                    let customer = chunk.customers.as_ref().map_or(0, |names| names.indices[reading.row] + 1);
                    let customer = own_value(&chunk.customers, customer).map(|name| units.customer(name));
                    let parts: Vec<Option<Amount>> = match reading.units {
                        Some(units) => {
                            let parts = shares.next(Amount::from_units(units, reading.scale));
                            parts.into_iter().map(Some).collect()
                        }
                        // What could not be read is missing once.
                        None => vec![None],
                    };
                    for (seat, amount) in seats.iter().zip(parts) {
                        if !(wanted.counts)(*seat, item, customer) {
                            continue;
                        }
                        let posting = Posting { chunk: position, row: reading.row, measure: reading.measure, amount };
                        if let SeenKey::Level(key) = group {
                            let of_seat = last.entry(*seat).or_insert((key.day, Vec::new()));
                            if key.day > of_seat.0 {
                                *of_seat = (key.day, Vec::new());
                            }
                            if key.day == of_seat.0 {
                                of_seat.1.push(posting);
                            }
                            continue;
                        }
                        merge(&mut found, posting);
                    }
                }
            }
        }
    }
    last.into_values().flat_map(|(_, postings)| postings).for_each(|posting| merge(&mut found, posting));
    found.into_values().collect()
}

/// Parts of one row in several seats of the figure are one part.
fn merge(found: &mut BTreeMap<(usize, usize, usize), Posting>, posting: Posting) {
    match found.entry((posting.chunk, posting.row, posting.measure)) {
        Entry::Vacant(place) => drop(place.insert(posting)),
        Entry::Occupied(mut place) => {
            let known = place.get_mut();
            known.amount = match (known.amount, posting.amount) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            };
        }
    }
}
