//! All chunks posted: credited to seats by share, in the order of the files, with control totals.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::facts::crossings::{Crossing, Crossings};
use crate::facts::roster::Found;
use crate::facts::{JoinRules, RegionBy, Units};
use crate::measure::{Amount, Tally};
use crate::metric::{Formula, Metric, Metrics};
use crate::period::{Calendar, Scope, Span};
use crate::problem::{Kind, Problem};
use crate::tables::actuals::{Chunk, Dictionary, FixedReading, PersonName};

use super::chunk::{DayKey, Grouped, Posted, post_chunk};
use super::{Ledger, period};

/// Posts all chunks: in parallel per chunk, merged in the chunks' order.
pub fn post(
    chunks: &[Chunk],
    units: &mut Units,
    metrics: &Metrics,
    calendar: &Calendar,
    scope: Scope,
    rules: JoinRules,
    problems: &mut Vec<Problem>,
) -> Ledger {
    let is_level = |(_, metric): &(usize, &Metric)| metric.formula == Formula::Last;
    let level_metrics = metrics.iter().enumerate().filter(is_level).map(|(position, _)| position).collect();
    let mut ledger = Ledger { level_metrics, ..Ledger::default() };
    let mut crossings: Vec<Crossing> = Vec::new();
    // Whoever was found without a remark is the same person in every other sheet.
    let mut known: FxHashMap<&PersonName, u32> = FxHashMap::default();
    let people: Vec<Vec<u32>> =
        chunks.iter().map(|chunk| join_people(chunk, units, &mut ledger, &mut known, problems)).collect();
    note_documents(chunks, problems);
    let posted: Vec<Posted> = {
        let units = &*units;
        chunks
            .par_iter()
            .zip(&people)
            .map(|(chunk, people)| post_chunk(chunk, people, units, metrics, calendar, scope, &mut |_| ()))
            .collect()
    };
    for (chunk, posted) in chunks.iter().zip(posted) {
        let positions: Vec<Option<usize>> = chunk.measures.iter().map(|(key, _, _)| metrics.position(key)).collect();
        for (index, position) in positions.iter().enumerate() {
            let Some(position) = position else { continue };
            let scale = posted.scales[index];
            let control = ledger.controls.entry(*position).or_default();
            control.read += Amount::from_units(posted.read[index].units, scale);
            control.n_unreadable += posted.read[index].n_unreadable;
            control.undated += Amount::from_units(posted.undated[index], scale);
            control.after_as_of += Amount::from_units(posted.after[index], scale);
            control.others_share += Amount::from_units(posted.others[index], scale);
        }
        if let Some(row) = posted.first_after {
            let kind = Kind::AfterAsOf { n_rows: posted.n_after, as_of: scope.as_of.to_string() };
            let amount =
                positions.iter().zip(&posted.after).zip(&posted.scales).find_map(|((position, units), scale)| {
                    position.is_some().then(|| Amount::from_units(*units, *scale))
                });
            problems.push(Problem::new(chunk.person_cell(row, &PersonName::default()), kind).worth(amount));
        }
        if let Some(row) = posted.first_to_date {
            let kind = Kind::ToDate { n_rows: posted.n_to_date, as_of: scope.as_of.to_string() };
            problems.push(Problem::new(chunk.person_cell(row, &PersonName::default()), kind));
        }
        for (person, n_rows) in &posted.undated_rows {
            *ledger.undated.entry(*person).or_default() += n_rows;
        }
        for (person, (row, n_rows)) in &posted.outside {
            let name = units.person(*person).name().unwrap_or("").to_string();
            let at = chunk.person_cell(*row, &PersonName::default());
            problems.push(Problem::new(at, Kind::OutsideAssignment { name, n_rows: *n_rows }));
        }
        let mut unknown_regions: BTreeSet<u32> = BTreeSet::new();
        let mut seats_of = |person: u32, stint: u32, team: u32, region: u32, units: &mut Units| {
            seats_of(chunk, [person, stint, team, region], units, rules, &mut unknown_regions)
        };
        let groups = posted.groups.sorted();
        // In the order in which the sheet names them, whoever sold them.
        let offered: BTreeSet<(u32, u32)> = groups.iter().map(|(key, _)| (key.product, key.segment)).collect();
        let item = |(product, segment)| ((product, segment), item_of(chunk, product, segment, units));
        let items: FxHashMap<(u32, u32), Option<u32>> = offered.into_iter().map(item).collect();
        for group in groups.chunk_by(|(a, _), (b, _)| a.of_all_products() == b.of_all_products()) {
            let key = group[0].0;
            let (seats, weights) = seats_of(key.person, key.stint, key.team, key.region, units);
            for (index, position) in positions.iter().enumerate() {
                let Some(position) = *position else { continue };
                let mut shares = Shares::new(&weights);
                let mut totals = vec![Tally::NOTHING; seats.len()];
                for (key, sums) in group {
                    let running = &sums[index];
                    if running.is_nothing() {
                        continue;
                    }
                    let item = items.get(&(key.product, key.segment)).copied().flatten();
                    let whole = Amount::from_units(running.units, posted.scales[index]);
                    for (share, (seat, part)) in seats.iter().zip(shares.next(whole)).enumerate() {
                        // What could not be read is missing once, however many share the credit.
                        let n_unreadable = if share == 0 { running.n_unreadable } else { 0 };
                        let tally = Tally::of(part, running.n_known, n_unreadable);
                        totals[share] += tally;
                        crossings.push(Crossing {
                            metric: u32::try_from(position).unwrap_or(u32::MAX),
                            month: key.month,
                            is_rest: key.is_rest,
                            seat: *seat,
                            item,
                            tally,
                        });
                    }
                }
                if totals.iter().all(Tally::is_nothing) {
                    continue;
                }
                ledger.covered.entry(position).or_default().insert(key.month);
                ledger.controls.entry(position).or_default().credited += shares.given;
                let first_row = group.iter().map(|(_, sums)| sums[index]).filter(|sum| sum.n_known > 0);
                let first_row = first_row.map(|sum| sum.first_row as usize).min();
                let at = first_row.map(|row| chunk.value_cell(row, index));
                for (seat, tally) in seats.iter().zip(totals) {
                    let month = ledger.cells.entry((position, *seat)).or_default().entry(key.month).or_default();
                    month.at = month.at.take().or_else(|| at.clone());
                    if key.is_rest { month.rest += tally } else { month.to_date += tally }
                }
            }
        }
        let mut post_days = |groups: Grouped<DayKey>, are_levels: bool, units: &mut Units| {
            for (key, sums) in groups.sorted() {
                let (seats, weights) = seats_of(key.person, key.stint, key.team, key.region, units);
                let day = NaiveDate::from_num_days_from_ce_opt(key.day).unwrap_or(NaiveDate::MIN);
                for (index, running) in sums.iter().enumerate() {
                    let Some(position) = positions[index] else { continue };
                    if running.is_nothing() || ledger.is_level(position) != are_levels {
                        continue;
                    }
                    let whole = Amount::from_units(running.units, posted.scales[index]);
                    for (share, (seat, part)) in seats.iter().zip(Shares::new(&weights).next(whole)).enumerate() {
                        let n_unreadable = if share == 0 { running.n_unreadable } else { 0 };
                        let tally = Tally::of(part, running.n_known, n_unreadable);
                        if are_levels {
                            *ledger.levels.entry((position, *seat)).or_default().entry(day).or_default() += tally;
                        } else {
                            let weeks = ledger.weeks.entry((position, *seat)).or_default();
                            *weeks.entry((day, key.month)).or_default() += tally;
                        }
                    }
                }
            }
        };
        post_days(posted.weeks, false, units);
        post_days(posted.levels, true, units);
        if let Some((first, last)) = posted.coarser_than_weeks {
            let day = |day: i32| NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MIN);
            let span = Span { first: day(first), last: day(last) };
            positions.iter().flatten().for_each(|metric| {
                ledger.coarser_than_weeks.entry(*metric).or_default().push(span);
            });
        }
        for ((customer, month_number, is_rest), sums) in posted.customers.sorted() {
            let Some(name) = own_value(&chunk.customers, customer) else { continue };
            let customer = Units::customer_number(units.customer(name));
            for (index, running) in sums.iter().enumerate() {
                let Some(position) = positions[index].filter(|_| !running.is_nothing()) else { continue };
                let month = ledger.cells.entry((position, customer)).or_default().entry(month_number).or_default();
                let whole = Amount::from_units(running.units, posted.scales[index]);
                let tally = Tally::of(whole, running.n_known, running.n_unreadable);
                if is_rest { month.rest += tally } else { month.to_date += tally }
            }
        }
        for region in unknown_regions {
            let Some(regions) = &chunk.regions else { continue };
            let name = regions.values[region as usize].clone().unwrap_or_default();
            let row = regions.indices.iter().position(|index| *index == region).map_or(0, |row| chunk.source_rows[row]);
            let kind = Kind::UnknownUnit { suggestion: units.nearest(&name), name };
            problems.push(Problem::new(chunk.place.at(row, chunk.region_column.unwrap_or(0)), kind));
        }
    }
    ledger.crossings = Crossings::new(crossings);
    ledger.post_items();
    for month in ledger.level_metrics.iter().filter_map(|metric| ledger.covered.get(metric)).flatten() {
        let span = calendar.span(period(*month));
        let to_date = calendar.as_of_in(period(*month), scope.as_of).map_or(span.last, |day| day.min(span.last));
        ledger.level_months.insert(*month, (span, to_date));
    }
    ledger
}

/// The seats that share the credit of a person's stint, and their weights. `team` and `region` are what the rows
/// name themselves, as indices plus one.
pub(super) fn seats_of(
    chunk: &Chunk,
    [person, stint, team, region]: [u32; 4],
    units: &mut Units,
    rules: JoinRules,
    unknown_regions: &mut BTreeSet<u32>,
) -> (Vec<u32>, Vec<i64>) {
    let stint = &units.stints(person)[stint as usize];
    let own = |dictionary: &Option<Dictionary<Option<String>>>, index: u32| {
        let dictionary = dictionary.as_ref()?;
        dictionary.values.get((index as usize).checked_sub(1)?)?.clone()
    };
    let (own_team, own_region) = (own(&chunk.teams, team), own(&chunk.regions, region));
    let parts = stint.parts.clone();
    let weights: Vec<i64> = parts.iter().map(|(_, _, weight)| *weight).collect();
    let seats: Vec<u32> = parts
        .iter()
        .map(|(team, of_stint, _)| match (rules.region_by, &own_region) {
            (RegionBy::Actuals, own) if chunk.regions.is_some() => {
                let region = own.as_deref().map(|name| units.region(Some(name)));
                units.seat(person, if own.is_some() { None } else { *team }, region)
            }
            // A sale of nobody known still has the team and region that it names.
            (RegionBy::Assignment, own) if team.is_none() && of_stint.is_none() => {
                let is_known = own.as_deref().is_some_and(|own| units.has_region(own));
                if own.is_some() && !is_known {
                    unknown_regions.insert(region - 1);
                }
                let region = own.as_deref().filter(|_| is_known).map(|own| units.region(Some(own)));
                let team = own_team.as_deref().map(|team| units.team_in(Some(team), region));
                units.seat(person, team, region)
            }
            _ => units.seat(person, *team, *of_stint),
        })
        .collect();
    (seats, weights)
}

/// The name that a row's index plus one stands for.
pub(super) fn own_value(dictionary: &Option<Dictionary<Option<String>>>, index: u32) -> Option<&str> {
    dictionary.as_ref()?.values.get((index as usize).checked_sub(1)?)?.as_deref()
}

/// The item that a group's product and segment are; nothing where the sheet has neither column.
pub(super) fn item_of(chunk: &Chunk, product: u32, segment: u32, units: &mut Units) -> Option<u32> {
    let has_items = chunk.products.is_some() || chunk.segments.is_some();
    has_items.then(|| units.item(own_value(&chunk.products, product), own_value(&chunk.segments, segment)))
}

/// Divides one amount after another by weights, so that the parts of all of them together are what their sum
/// would be divided into: no cent moves because a sum came in pieces.
pub(super) struct Shares<'a> {
    weights: &'a [i64],
    given: Amount,
    parts: Vec<Amount>,
}

impl<'a> Shares<'a> {
    pub(super) fn new(weights: &'a [i64]) -> Self {
        Shares { weights, given: Amount::ZERO, parts: vec![Amount::ZERO; weights.len()] }
    }

    pub(super) fn next(&mut self, amount: Amount) -> Vec<Amount> {
        self.given += amount;
        // Nearly everyone has one seat, and nothing to divide.
        if self.weights.len() == 1 {
            return vec![amount];
        }
        let parts = self.given.split(self.weights, 2);
        let before = std::mem::replace(&mut self.parts, parts);
        self.parts.iter().zip(before).map(|(now, before)| *now - before).collect()
    }
}

impl Ledger {
    /// Products and segments have ledger numbers of their own, beside the seats.
    pub(super) fn post_items(&mut self) {
        let flows = self.crossings.iter().filter(|crossing| !self.level_metrics.contains(&(crossing.metric as usize)));
        for crossing in flows {
            let Some(item) = crossing.item else { continue };
            let key = (crossing.metric as usize, Units::ledger_number(item));
            let month = self.cells.entry(key).or_default().entry(crossing.month).or_default();
            if crossing.is_rest { month.rest += crossing.tally } else { month.to_date += crossing.tally }
        }
    }
}

/// The person of each distinct name in a chunk; unknown names are noted once, with what is at stake.
pub(super) fn join_people<'a>(
    chunk: &'a Chunk,
    units: &mut Units,
    ledger: &mut Ledger,
    known: &mut FxHashMap<&'a PersonName, u32>,
    problems: &mut Vec<Problem>,
) -> Vec<u32> {
    let mut seen: Vec<(usize, Option<u32>)> = vec![(0, None); chunk.people.values.len()];
    for (index, row) in chunk.people.indices.iter().zip(&chunk.source_rows) {
        let entry = &mut seen[*index as usize];
        entry.0 += 1;
        entry.1.get_or_insert(*row);
    }
    // What is at stake: asked for only where somebody is unknown.
    let mut sums: Option<Vec<i128>> = None;
    let names = chunk.people.values.iter().enumerate();
    names
        .map(|(index, name)| {
            if let Some(person) = known.get(name) {
                return *person;
            }
            let n_problems = problems.len();
            let (n_rows, first_row) = seen[index];
            let at = chunk.person_cell(first_row.unwrap_or(0), name);
            if *name == PersonName::default() {
                return units.unassigned();
            }
            let amount = match units.find(name) {
                Found::Person(_) | Found::ByName(_) => None,
                _ => {
                    let sums = sums.get_or_insert_with(|| sums_by_person(chunk));
                    let scale = chunk.measures.first().map(|(_, _, column)| column.scale());
                    scale.map(|scale| Amount::from_units(sums[index], scale))
                }
            };
            let person = units.person_or_unassigned(name, &at, n_rows, amount, problems);
            ledger.first_seen.entry(person).or_insert(at);
            if problems.len() == n_problems {
                known.insert(name, person);
            }
            person
        })
        .collect()
}

/// The sum of the first measure for each distinct name.
fn sums_by_person(chunk: &Chunk) -> Vec<i128> {
    let mut sums = vec![0; chunk.people.values.len()];
    let Some((_, _, column)) = chunk.measures.first() else { return sums };
    for (row, person) in chunk.people.indices.iter().enumerate() {
        if let FixedReading::Known(units) = column.get(row) {
            sums[*person as usize] += i128::from(units);
        }
    }
    sums
}

/// Shared sales: the shares of one document must add up to the whole.
fn note_documents(chunks: &[Chunk], problems: &mut Vec<Problem>) {
    for chunk in chunks {
        let (Some(documents), Some(shares)) = (&chunk.documents, &chunk.share) else { continue };
        let mut totals: BTreeMap<u32, (u32, i64)> = BTreeMap::new();
        for row in 0..chunk.n_rows() {
            if documents.values[documents.indices[row] as usize].is_none() {
                continue;
            }
            let whole = 10i64.pow(u32::from(shares.scale()));
            let share = match shares.get(row) {
                FixedReading::Known(units) => units,
                FixedReading::Blank => whole,
                FixedReading::Unreadable => continue,
            };
            totals.entry(documents.indices[row]).or_insert((chunk.source_rows[row], 0)).1 += share;
        }
        for (document, (row, total)) in totals {
            let total = Amount::from_units(i128::from(total), shares.scale());
            if total != Amount::ONE {
                let document = documents.values[document as usize].clone().unwrap_or_default();
                let share = format!("{} %", (total * Amount::whole(100)).plain());
                let at = chunk.person_cell(row, &PersonName::default());
                problems.push(Problem::new(at, Kind::ShareOfDocument { document, share }));
            }
        }
    }
}
