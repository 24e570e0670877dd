//! Readers of packs: one for each region, manager or person; and the facts as one of them may see them.
//!
//! A reader's facts hold nothing of anybody else: units, targets, sales, deals and lines of others are not there, so
//! that no page can show them. The reader's own unit takes the place of the company. What is measured over everybody
//! and needed for a reader's own figure (win rates by stage, the days after which a deal is stalled) is measured over
//! everybody still: a figure in a pack is the one of the whole report.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::metric::Metrics;
use crate::period::Period;
use crate::tables::actuals::PersonName;

use super::deals::Deal;
use super::roster::{Found, Seat, Stint, Team, key};
use super::{Facts, Unit, Units};

/// By whom packs are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Split {
    Region,
    Manager,
    Person,
}

impl Split {
    pub fn key(self) -> &'static str {
        match self {
            Split::Region => "region",
            Split::Manager => "manager",
            Split::Person => "person",
        }
    }
}

/// Who reads a pack.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reader {
    pub split: Split,
    /// Nothing for `(unassigned)`: what belongs to nobody who could read it.
    pub name: Option<String>,
    /// The id for other tools; empty for `(unassigned)`.
    pub id: String,
    /// The unit that the reader stands for; a manager's people are none in the whole.
    pub unit: Option<Unit>,
    /// The people of a manager or person; of a region its seats say who belongs to it.
    people: Vec<u32>,
}

/// Numbers of units in the whole → numbers in a reader's facts.
pub(super) struct Narrowing<'a> {
    pub metrics: &'a Metrics,
    /// Periods with targets, and those with finance's budgets.
    pub periods: [&'a [Period]; 2],
    /// Units in the whole, and what they are here.
    pub units: Vec<(Unit, Unit)>,
    pub people: BTreeMap<u32, u32>,
    pub seats: BTreeMap<u32, u32>,
    /// A seat of nobody here: where deals came from, or went to.
    pub elsewhere: u32,
    pub items: FxHashMap<u32, u32>,
    /// Names of people and of units that are seen here, as they compare.
    names: FxHashSet<String>,
    unit_names: FxHashSet<String>,
    /// Units whose figures here are those of some of their seats.
    pub parts: BTreeMap<Unit, Vec<Unit>>,
}

impl Narrowing<'_> {
    /// Whether a name or id is that of somebody who is seen here.
    pub fn has_person(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.names.contains(&key(name)))
    }

    /// Whether a name is that of the reader's unit, or of one below it.
    pub fn has_unit(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.unit_names.contains(&key(name)))
    }

    pub fn seat(&self, seat: u32) -> u32 {
        self.seats.get(&seat).copied().unwrap_or(self.elsewhere)
    }

    pub fn unit(&self, unit: Unit) -> Option<Unit> {
        self.units.iter().find(|(whole, _)| *whole == unit).map(|(_, here)| *here)
    }
}

/// Makes the facts of readers from those of the whole.
pub struct Narrower<'a> {
    whole: &'a Facts,
    /// Shared by all packs: what is measured over everybody.
    deals: Arc<Vec<Deal>>,
    planned: Vec<Period>,
    budgeted: Vec<Period>,
}

impl<'a> Narrower<'a> {
    pub fn new(whole: &'a Facts) -> Self {
        let deals = Arc::new(whole.deals.deals.clone());
        let (planned, budgeted) = (whole.plans.periods(), whole.budgeted.periods());
        Narrower { whole, deals, planned, budgeted }
    }

    /// Everybody who gets a pack, in the order of the report. Together they have everything once; a person in two
    /// regions is in the packs of both, with the part that belongs to each.
    pub fn readers(&self, split: Split) -> Vec<Reader> {
        let units = &self.whole.units;
        match split {
            Split::Region if units.has_regions() => {
                let reader = |unit: Unit| {
                    let name = units.name(unit).map(str::to_string);
                    Reader { split, id: units.id(unit), name, unit: Some(unit), people: Vec::new() }
                };
                let has_any = |unit: &Unit| units.name(*unit).is_some() || !units.seats_of(*unit).is_empty();
                units.regions().filter(has_any).map(reader).collect()
            }
            Split::Person if units.has_people() => {
                let with_seats = units.people_ids().filter(|person| !units.seats_of(Unit::Person(*person)).is_empty());
                let reader = |person: u32| {
                    let unit = Unit::Person(person);
                    let name = units.name(unit).map(str::to_string);
                    Reader { split, id: units.id(unit), name, unit: Some(unit), people: vec![person] }
                };
                with_seats.map(reader).collect()
            }
            Split::Manager => managers(units),
            Split::Region | Split::Person => Vec::new(),
        }
    }

    /// The facts as the reader sees them.
    pub fn narrow(&self, reader: &Reader) -> Facts {
        let whole = self.whole;
        let (units, narrowing) = self.units(reader);
        let mut deals = whole.deals.narrowed(&narrowing);
        deals.everybodys = Some(self.deals.clone());
        Facts {
            calendar: whole.calendar.clone(),
            metrics: whole.metrics.clone(),
            plans: whole.plans.narrowed(&narrowing, narrowing.periods[0]),
            budgeted: whole.budgeted.narrowed(&narrowing, narrowing.periods[1]),
            ledger: whole.ledger.narrowed(&narrowing),
            stages: whole.stages.narrowed(&narrowing),
            deals,
            budgets: whole.budgets.narrowed(&narrowing),
            issues: whole.issues.iter().filter_map(|issue| issue.narrowed(&narrowing)).collect(),
            milestones: {
                let own = whole.milestones.iter().filter(|task| narrowing.has_person(task.owner.as_deref()));
                own.cloned().collect()
            },
            monitored: {
                let own = whole.monitored.iter().filter(|row| narrowing.has_person(row.owner.as_deref()));
                own.cloned().collect()
            },
            units,
            span: whole.span,
            scope: whole.scope,
            rules: whole.rules,
        }
    }

    /// The reader's units, and how they are numbered.
    fn units(&self, reader: &Reader) -> (Units, Narrowing<'_>) {
        let whole = &self.whole.units;
        let seats: Vec<u32> = match reader.unit {
            Some(unit) => whole.seats_of(unit),
            None => reader.people.iter().flat_map(|person| whole.seats_of(Unit::Person(*person))).collect(),
        };
        let mut units = Units::of_reader(reader.split, reader.name.clone(), reader.id.clone(), whole.has_roster);
        let mut to = Narrowing {
            metrics: &self.whole.metrics,
            periods: [&self.planned, &self.budgeted],
            units: reader.unit.iter().map(|unit| (*unit, Unit::Company)).collect(),
            people: BTreeMap::new(),
            seats: BTreeMap::new(),
            elsewhere: 0,
            items: FxHashMap::default(),
            names: reader
                .name
                .iter()
                .chain([&reader.id])
                .filter(|name| !name.is_empty())
                .map(|name| key(name))
                .collect(),
            unit_names: reader.name.iter().map(|name| key(name)).collect(),
            parts: BTreeMap::new(),
        };
        if reader.unit.is_none() {
            to.parts.insert(Unit::Company, reader.people.iter().map(|person| Unit::Person(*person)).collect());
        }
        let mut teams: BTreeMap<u32, u32> = BTreeMap::new();
        if let Some(Unit::Region(region)) = reader.unit {
            let own = || {
                whole
                    .teams()
                    .filter_map(|team| if let Unit::Team(team) = team { Some(team) } else { None })
                    .filter(|team| whole.team(*team).region == Some(region))
            };
            // Where no team has a name, the level says nothing.
            let has_names = own().any(|team| whole.team(team).name.is_some());
            for team in own().filter(|_| has_names) {
                let name = whole.team(team).name.clone();
                to.unit_names.extend(name.as_deref().map(key));
                let here = units.push_team(Team { name, region: None }, whole.id(Unit::Team(team)));
                teams.insert(team, here);
                to.units.push((Unit::Team(team), Unit::Team(here)));
            }
        }
        let is_own: FxHashSet<u32> = seats.iter().copied().collect();
        let people: std::collections::BTreeSet<u32> = seats
            .iter()
            .map(|seat| whole.seats()[*seat as usize].person)
            .chain(reader.people.iter().copied())
            .collect();
        let manager_names: FxHashSet<String> = people
            .iter()
            .flat_map(|person| [&whole.person(*person).id, &whole.person(*person).name])
            .flatten()
            .map(|name| key(name))
            .collect();
        for person in people {
            let mut known = whole.person(person).clone();
            // Who leads somebody is named where they are seen here themselves.
            known.manager = known.manager.filter(|manager| manager_names.contains(&key(manager)));
            to.names.extend([&known.id, &known.name].into_iter().flatten().map(|name| key(name)));
            let here = units.push_person(known, own_stints(whole, reader, person, &teams));
            to.people.insert(person, here);
            let all = whole.seats_of(Unit::Person(person));
            if all.iter().all(|seat| is_own.contains(seat)) {
                to.units.push((Unit::Person(person), Unit::Person(here)));
            } else {
                let own = all.into_iter().filter(|seat| is_own.contains(seat)).map(Unit::Seat);
                to.parts.insert(Unit::Person(here), own.collect());
            }
        }
        for seat in seats {
            let Seat { person, team, .. } = whole.seats()[seat as usize];
            let team = team.and_then(|team| teams.get(&team).copied());
            let here = units.push_seat(Seat { person: to.people[&person], team, region: None });
            to.seats.insert(seat, here);
            to.units.push((Unit::Seat(seat), Unit::Seat(here)));
        }
        to.elsewhere = units.push_elsewhere();
        let sold = self.whole.ledger.crossings.iter().filter(|crossing| is_own.contains(&crossing.seat));
        let items: std::collections::BTreeSet<u32> = sold.filter_map(|crossing| crossing.item).collect();
        for item in items {
            let parts = whole.item_parts(item);
            let product = parts.product.and_then(|product| whole.name(Unit::Product(product)));
            let segment = parts.segment.and_then(|segment| whole.name(Unit::Segment(segment)));
            to.items.insert(item, units.item(product, segment));
        }
        (units, to)
    }
}

/// When a person is assigned, as a reader sees it: of a region only what belongs to it, of others what belongs anywhere.
fn own_stints(whole: &Units, reader: &Reader, person: u32, teams: &BTreeMap<u32, u32>) -> Vec<Stint> {
    let is_own = |team: Option<u32>, region: Option<u32>| match reader.unit {
        Some(Unit::Region(own)) => {
            let region = team.and_then(|team| whole.team(team).region).or(region);
            region.and_then(|region| whole.name(Unit::Region(region))) == whole.name(Unit::Region(own))
        }
        _ => team.is_some() || region.is_some(),
    };
    let narrowed = |stint: &Stint| {
        // What has one place here counts there together.
        let mut here: BTreeMap<Option<u32>, i64> = BTreeMap::new();
        for (team, _, weight) in stint.parts.iter().filter(|(team, region, _)| is_own(*team, *region)) {
            *here.entry(team.and_then(|team| teams.get(&team).copied())).or_default() += weight;
        }
        let is_elsewhere = here.is_empty() && matches!(reader.unit, Some(Unit::Region(_)));
        let parts = here.into_iter().map(|(team, weight)| (team, None, weight)).collect();
        Stint { span: stint.span, outside: stint.outside || is_elsewhere, parts }
    };
    whole.stints(person).iter().map(narrowed).collect()
}

/// Every manager with the people who have them, and `(unassigned)` for people without one.
fn managers(units: &Units) -> Vec<Reader> {
    let mut readers: Vec<(String, Reader)> = Vec::new();
    let with_seats = units.people_ids().filter(|person| !units.seats_of(Unit::Person(*person)).is_empty());
    for person in with_seats {
        let manager = units.person(person).manager.as_deref();
        // Managers are named, or given by their id; they need not be in the team table.
        let (name, id) = match manager {
            None => (None, String::new()),
            Some(manager) => match units.find(&PersonName { id: Some(manager.to_string()), name: None }) {
                Found::Person(person) => {
                    (units.name(Unit::Person(person)).map(str::to_string), units.id(Unit::Person(person)))
                }
                _ => (Some(manager.to_string()), manager.to_string()),
            },
        };
        let same = key(&id);
        match readers.iter_mut().find(|(known, _)| *known == same) {
            Some((_, reader)) => reader.people.push(person),
            None => readers.push((same, Reader { split: Split::Manager, name, id, unit: None, people: vec![person] })),
        }
    }
    if readers.iter().all(|(_, reader)| reader.name.is_none()) {
        return Vec::new();
    }
    readers.into_iter().map(|(_, reader)| reader).collect()
}
