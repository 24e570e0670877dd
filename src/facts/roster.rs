//! The organisation: who belongs where on which day, and who is meant by a name.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use crate::cell::CellRef;
use crate::measure::Amount;
use crate::period::Span;
use crate::problem::{Kind, Problem};
use crate::tables::actuals::{Chunk, PersonName};
use crate::tables::deals::DealRow;
use crate::tables::funnel::FunnelRow;
use crate::tables::targets::{TargetRow, UnitNames};
use crate::tables::team::TeamRow;

use super::readers::Split;

/// A unit of the organisation, at one of its levels.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Unit {
    Company,
    Region(u32),
    Team(u32),
    Person(u32),
    /// A person in a team and region: the smallest unit that credit goes to.
    Seat(u32),
    /// What is sold, and to whom: beside the organisation, not a part of it.
    Product(u32),
    Segment(u32),
    /// A product in a segment: what products and segments are made of.
    Item(u32),
    Customer(u32),
}

impl Unit {
    /// The level's key: `company`, `region`, `team`, `person`.
    pub fn level(self) -> &'static str {
        match self {
            Unit::Company => "company",
            Unit::Region(_) => "region",
            Unit::Team(_) => "team",
            Unit::Person(_) => "person",
            Unit::Seat(_) => "seat",
            Unit::Product(_) => "product",
            Unit::Segment(_) => "segment",
            Unit::Item(_) => "item",
            Unit::Customer(_) => "customer",
        }
    }

    /// Whether it is what is sold, and not who sells it.
    pub fn is_offering(self) -> bool {
        matches!(self, Unit::Product(_) | Unit::Segment(_) | Unit::Item(_) | Unit::Customer(_))
    }
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Team {
    /// Nothing for people without a team.
    pub name: Option<String>,
    pub region: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub id: Option<String>,
    pub name: Option<String>,
    pub manager: Option<String>,
}

impl Person {
    /// The name, or the id of someone without one; nothing for `(unassigned)`.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref().or(self.id.as_deref())
    }
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Seat {
    pub person: u32,
    pub team: Option<u32>,
    pub region: Option<u32>,
}

/// A product in a segment; either may be unknown.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Item {
    pub product: Option<u32>,
    pub segment: Option<u32>,
}

/// Ledger numbers of items stand above those of seats, and those of customers above them.
const FIRST_ITEM: u32 = 1 << 31;
const FIRST_CUSTOMER: u32 = FIRST_ITEM | 1 << 30;

/// A stretch of days in which a person's credit goes to the same seats.
#[derive(Clone, Debug)]
pub struct Stint {
    pub span: Span,
    /// Team, region and weight in millionths; weights add up to 1,000,000.
    pub parts: Vec<(Option<u32>, Option<u32>, i64)>,
    /// Days outside every assignment of someone who has some.
    pub outside: bool,
}

#[derive(Clone, Copy, Debug)]
struct Assignment {
    team: Option<u32>,
    region: Option<u32>,
    span: Span,
    share: Option<Amount>,
    /// The share's cell has a problem of its own: no second complaint.
    is_share_unreadable: bool,
}

impl Assignment {
    /// Whether two assignments name the same unit and leave the share open.
    fn is_same_as(&self, other: &Assignment) -> bool {
        self.share.is_none() && other.share.is_none() && (self.team, self.region) == (other.team, other.region)
    }
}

/// The weight of the whole of somebody's credit.
pub const WHOLE: i64 = 1_000_000;

const ALWAYS: Span = Span { first: NaiveDate::MIN, last: NaiveDate::MAX };

/// Which units and seats belong to a unit, each in its order.
#[derive(Clone, Debug, Default)]
struct Members {
    children: HashMap<Unit, Vec<Unit>>,
    seats: HashMap<Unit, Vec<u32>>,
}

/// Names that are compared at most to find similar ones: a few seconds' worth.
const MOST_COMPARED: usize = 5_000_000;

/// All units, by level, in the order in which the team table names them.
#[derive(Clone, Debug, Default)]
pub struct Units {
    regions: Vec<Option<String>>,
    region_ids: HashMap<Option<String>, u32>,
    teams: Vec<Team>,
    team_ids: HashMap<(Option<String>, Option<u32>), u32>,
    /// The first team of a name, whatever its region.
    first_team: HashMap<String, u32>,
    people: Vec<Person>,
    seats: Vec<Seat>,
    seat_ids: HashMap<Seat, u32>,
    products: Vec<String>,
    product_ids: HashMap<String, u32>,
    segments: Vec<String>,
    segment_ids: HashMap<String, u32>,
    items: Vec<Item>,
    item_ids: HashMap<Item, u32>,
    customers: Vec<String>,
    customer_ids: HashMap<String, u32>,
    /// For each person, stretches of days in time order that cover all time.
    stints: Vec<Vec<Stint>>,
    by_id: HashMap<String, Vec<u32>>,
    by_name: HashMap<String, Vec<u32>>,
    /// Whether a team table was read: without one, every name met is a person.
    pub has_roster: bool,
    unassigned: Option<u32>,
    members: OnceLock<Members>,
    /// Whose facts these are, where they are not the whole's.
    reader: Option<ReaderUnit>,
    /// A seat of nobody here, of which a reader's deals may have been: it belongs to no unit.
    elsewhere: Option<u32>,
    /// Names that were compared to find a similar one.
    n_compared: Arc<AtomicUsize>,
}

/// What takes the place of the company in a reader's facts.
#[derive(Clone, Debug)]
struct ReaderUnit {
    split: Split,
    name: Option<String>,
    id: String,
    /// Ids of teams, which are those that they have in the whole.
    team_ids: Vec<String>,
}

/// How a name was understood.
pub enum Found {
    Person(u32),
    /// By the name alone: the id beside it is nobody's.
    ByName(u32),
    Unknown,
    Ambiguous {
        ids: String,
    },
}

/// Names compare without case and width, and without blanks between Chinese characters (张 三).
pub fn key(name: &str) -> String {
    let folded: std::borrow::Cow<'_, str> =
        if name.is_ascii() { name.into() } else { name.nfkc().collect::<String>().into() };
    let words: Vec<&str> = folded.split_whitespace().collect();
    let separator = if name.is_ascii() || words.iter().any(|word| word.is_ascii()) { " " } else { "" };
    words.join(separator).to_lowercase()
}

impl Units {
    /// The units of a reader, without anybody in them yet.
    pub(super) fn of_reader(split: Split, name: Option<String>, id: String, has_roster: bool) -> Self {
        let reader = ReaderUnit { split, name, id, team_ids: Vec::new() };
        Units { has_roster, reader: Some(reader), ..Units::default() }
    }

    pub(super) fn push_team(&mut self, team: Team, id: String) -> u32 {
        if let Some(reader) = &mut self.reader {
            reader.team_ids.push(id);
        }
        self.teams.push(team);
        u32::try_from(self.teams.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn push_person(&mut self, person: Person, stints: Vec<Stint>) -> u32 {
        let index = self.add_person(person);
        self.stints[index as usize] = stints;
        index
    }

    pub(super) fn push_seat(&mut self, seat: Seat) -> u32 {
        self.seats.push(seat);
        u32::try_from(self.seats.len() - 1).unwrap_or(u32::MAX)
    }

    /// A seat of nobody here; what deals with others are said to be with.
    pub(super) fn push_elsewhere(&mut self) -> u32 {
        let person = self.add_person(Person { id: None, name: None, manager: None });
        let seat = self.push_seat(Seat { person, team: None, region: None });
        self.elsewhere = Some(seat);
        seat
    }

    /// Whose facts these are, where they are not the whole's.
    pub fn split(&self) -> Option<Split> {
        self.reader.as_ref().map(|reader| reader.split)
    }

    /// Whether a seat belongs to a unit here.
    pub fn is_here(&self, seat: u32) -> bool {
        Some(seat) != self.elsewhere
    }

    /// The level's key; what takes the company's place in a reader's facts is of the reader's level.
    pub fn level(&self, unit: Unit) -> &'static str {
        match (unit, &self.reader) {
            (Unit::Company, Some(reader)) => reader.split.key(),
            _ => unit.level(),
        }
    }

    pub fn person(&self, person: u32) -> &Person {
        &self.people[person as usize]
    }

    pub fn people_ids(&self) -> impl Iterator<Item = u32> {
        0..u32::try_from(self.people.len()).unwrap_or(0)
    }

    pub fn regions(&self) -> impl Iterator<Item = Unit> {
        (0..u32::try_from(self.regions.len()).unwrap_or(0)).map(Unit::Region)
    }

    pub fn teams(&self) -> impl Iterator<Item = Unit> {
        (0..u32::try_from(self.teams.len()).unwrap_or(0)).map(Unit::Team)
    }

    pub fn team(&self, team: u32) -> &Team {
        &self.teams[team as usize]
    }

    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// All units from the company down to people, in report order.
    pub fn all(&self) -> Vec<Unit> {
        let mut units = vec![Unit::Company];
        units.extend(self.regions().filter(|_| self.has_regions()));
        units.extend(self.teams().filter(|_| self.has_teams()));
        units.extend(self.people_ids().map(Unit::Person).filter(|_| self.has_people()));
        units
    }

    /// All products and segments.
    pub fn offerings(&self) -> Vec<Unit> {
        let count = |names: &Vec<String>| 0..u32::try_from(names.len()).unwrap_or(0);
        count(&self.products).map(Unit::Product).chain(count(&self.segments).map(Unit::Segment)).collect()
    }

    /// All items.
    pub fn items(&self) -> impl Iterator<Item = Unit> {
        (0..u32::try_from(self.items.len()).unwrap_or(0)).map(Unit::Item)
    }

    /// The item of a product and a segment, made when it is new; names compare as those of units do.
    pub fn item(&mut self, product: Option<&str>, segment: Option<&str>) -> u32 {
        fn id(names: &mut Vec<String>, ids: &mut HashMap<String, u32>, name: Option<&str>) -> Option<u32> {
            let name = name?;
            let next = u32::try_from(names.len()).ok()?;
            Some(*ids.entry(key(name)).or_insert_with(|| {
                names.push(name.to_string());
                next
            }))
        }
        let item = Item {
            product: id(&mut self.products, &mut self.product_ids, product),
            segment: id(&mut self.segments, &mut self.segment_ids, segment),
        };
        let next = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        *self.item_ids.entry(item).or_insert_with(|| {
            self.items.push(item);
            self.members.take();
            next
        })
    }

    /// What an item is.
    pub fn item_parts(&self, item: u32) -> Item {
        self.items[item as usize]
    }

    /// All customers.
    pub fn customers(&self) -> impl Iterator<Item = Unit> {
        (0..u32::try_from(self.customers.len()).unwrap_or(0)).map(Unit::Customer)
    }

    /// The customer of a name, made when it is new.
    pub fn customer(&mut self, name: &str) -> u32 {
        let next = u32::try_from(self.customers.len()).unwrap_or(u32::MAX);
        *self.customer_ids.entry(key(name)).or_insert_with(|| {
            self.customers.push(name.to_string());
            next
        })
    }

    /// The number under which the ledger keeps a customer.
    pub fn customer_number(customer: u32) -> u32 {
        FIRST_CUSTOMER | customer
    }

    /// The number under which the ledger keeps an item.
    pub fn ledger_number(item: u32) -> u32 {
        FIRST_ITEM | item
    }

    /// The person of a ledger number; items have none.
    pub fn person_of(&self, number: u32) -> Option<u32> {
        self.seats.get(number as usize).map(|seat| seat.person)
    }

    /// Whether any region has a name: if none has, the level says nothing.
    pub fn has_regions(&self) -> bool {
        self.regions.iter().any(Option::is_some)
    }

    pub fn has_people(&self) -> bool {
        // A person's own facts are those of the reader: there is nobody below.
        let is_one = self.reader.as_ref().is_some_and(|reader| reader.split == Split::Person);
        !is_one && self.people.iter().any(|person| person.name().is_some())
    }

    pub fn has_teams(&self) -> bool {
        self.teams.iter().any(|team| team.name.is_some())
    }

    /// The unit's own name; nothing for the company and for `(unassigned)`.
    pub fn name(&self, unit: Unit) -> Option<&str> {
        match unit {
            Unit::Company => self.reader.as_ref().and_then(|reader| reader.name.as_deref()),
            Unit::Region(region) => self.regions[region as usize].as_deref(),
            Unit::Team(team) => self.teams[team as usize].name.as_deref(),
            Unit::Person(person) => self.people[person as usize].name(),
            Unit::Seat(seat) => self.people[self.seats[seat as usize].person as usize].name(),
            Unit::Product(product) => self.products.get(product as usize).map(String::as_str),
            Unit::Segment(segment) => self.segments.get(segment as usize).map(String::as_str),
            Unit::Item(item) => {
                let product = self.items[item as usize].product?;
                self.products.get(product as usize).map(String::as_str)
            }
            Unit::Customer(customer) => self.customers.get(customer as usize).map(String::as_str),
        }
    }

    /// The unit's id for other tools: a person's id, or the name. A team's name that is not
    /// the only one of its kind has its region before it: `North/A`, `North/`.
    pub fn id(&self, unit: Unit) -> String {
        let name = self.name(unit).unwrap_or("").to_string();
        if let Some(reader) = &self.reader {
            match unit {
                Unit::Company => return reader.id.clone(),
                Unit::Team(team) => return reader.team_ids.get(team as usize).cloned().unwrap_or(name),
                _ => {}
            }
        }
        match unit {
            Unit::Person(person) => self.people[person as usize].id.clone().unwrap_or(name),
            Unit::Team(team) => {
                let own = &self.teams[team as usize];
                let is_alone = self.teams.iter().filter(|other| other.name == own.name).count() == 1;
                let region = own.region.and_then(|region| self.regions[region as usize].as_deref());
                if is_alone { name } else { format!("{}/{name}", region.unwrap_or("")) }
            }
            _ => name,
        }
    }

    /// The next smaller units that make up a unit.
    pub fn children(&self, unit: Unit) -> Vec<Unit> {
        self.members().children.get(&unit).cloned().unwrap_or_default()
    }

    /// The seats whose credit makes up a unit; of products and segments, the ledger numbers of their items.
    pub fn seats_of(&self, unit: Unit) -> Vec<u32> {
        match unit {
            Unit::Company => {
                let all = 0..u32::try_from(self.seats.len()).unwrap_or(0);
                all.filter(|seat| Some(*seat) != self.elsewhere).collect()
            }
            Unit::Seat(seat) => vec![seat],
            Unit::Item(item) => vec![Units::ledger_number(item)],
            Unit::Customer(customer) => vec![Units::customer_number(customer)],
            Unit::Product(_) | Unit::Segment(_) => {
                self.children(unit).into_iter().flat_map(|item| self.seats_of(item)).collect()
            }
            Unit::Region(_) | Unit::Team(_) | Unit::Person(_) => {
                self.members().seats.get(&unit).cloned().unwrap_or_default()
            }
        }
    }

    /// Who belongs to what, found out in one pass and kept until a unit is added.
    fn members(&self) -> &Members {
        self.members.get_or_init(|| {
            let mut members = Members::default();
            let mut add = |unit: Unit, child: Unit| members.children.entry(unit).or_default().push(child);
            self.regions().for_each(|region| add(Unit::Company, region));
            for (team, index) in self.teams.iter().zip(0u32..) {
                add(team.region.map_or(Unit::Company, Unit::Region), Unit::Team(index));
            }
            for (seat, index) in self.seats.iter().zip(0u32..).filter(|(_, index)| Some(*index) != self.elsewhere) {
                let above = match (seat.team, seat.region) {
                    (Some(team), _) => Unit::Team(team),
                    (None, Some(region)) => Unit::Region(region),
                    (None, None) => Unit::Company,
                };
                add(above, Unit::Seat(index));
                add(Unit::Person(seat.person), Unit::Seat(index));
            }
            for (item, index) in self.items.iter().zip(0u32..) {
                let offerings = [item.product.map(Unit::Product), item.segment.map(Unit::Segment)];
                offerings.into_iter().flatten().for_each(|offering| add(offering, Unit::Item(index)));
            }
            for (seat, index) in self.seats.iter().zip(0u32..).filter(|(_, index)| Some(*index) != self.elsewhere) {
                let of_team = seat.team.and_then(|team| self.teams[team as usize].region);
                let mut regions = vec![seat.region, of_team];
                regions.dedup();
                let regions = regions.into_iter().flatten().map(Unit::Region);
                let units = regions.chain(seat.team.map(Unit::Team)).chain([Unit::Person(seat.person)]);
                units.for_each(|unit| members.seats.entry(unit).or_default().push(index));
            }
            members
        })
    }

    /// The seat of a person in a team and region, made when it is new.
    pub fn seat(&mut self, person: u32, team: Option<u32>, region: Option<u32>) -> u32 {
        let region = team.map_or(region, |team| self.teams[team as usize].region);
        let seat = Seat { person, team, region };
        let next = u32::try_from(self.seats.len()).unwrap_or(u32::MAX);
        *self.seat_ids.entry(seat).or_insert_with(|| {
            self.seats.push(seat);
            self.members.take();
            next
        })
    }

    /// The seat of a person in the team and region that a row names, as far as they are known.
    pub fn seat_named(&mut self, person: u32, names: &UnitNames) -> Option<u32> {
        let region = names.region.as_deref().filter(|region| self.has_region(region)).map(str::to_string);
        let region = region.map(|region| self.region(Some(&region)));
        let team = names.team.as_deref().and_then(|name| self.team_named(name, region));
        (team.is_some() || region.is_some()).then(|| self.seat(person, team, region))
    }

    /// Gives everyone without a team or region the nameless one, so that each level adds up
    /// to the next. Called once, when all seats are known.
    pub fn settle(&mut self) {
        self.members.take();
        if self.has_regions()
            && (self.seats.iter().any(|seat| seat.region.is_none())
                || self.teams.iter().any(|team| team.region.is_none()))
        {
            let nameless = Some(self.region(None));
            self.teams.iter_mut().for_each(|team| team.region = team.region.or(nameless));
            self.team_ids.clear();
            for (team, id) in self.teams.iter().zip(0u32..) {
                self.team_ids.entry((team.name.as_deref().map(key), team.region)).or_insert(id);
            }
            self.seats.iter_mut().for_each(|seat| seat.region = seat.region.or(nameless));
        }
        if self.has_teams() {
            for index in 0..self.seats.len() {
                let Seat { team, region, .. } = self.seats[index];
                if team.is_none() {
                    self.seats[index].team = Some(self.team_in(None, region));
                }
            }
        }
    }

    /// The person that stands for everybody unknown.
    pub fn unassigned(&mut self) -> u32 {
        if let Some(person) = self.unassigned {
            return person;
        }
        let person = self.add_person(Person { id: None, name: None, manager: None });
        self.unassigned = Some(person);
        person
    }

    /// Whether there is a region of this name.
    pub fn has_region(&self, name: &str) -> bool {
        self.region_named(name).is_some()
    }

    fn region_named(&self, name: &str) -> Option<u32> {
        self.region_ids.get(&Some(key(name))).copied()
    }

    /// The team of a name, in a region if one is given.
    fn team_named(&self, name: &str, region: Option<u32>) -> Option<u32> {
        match region {
            Some(_) => self.team_ids.get(&(Some(key(name)), region)).copied(),
            None => self.first_team.get(&key(name)).copied(),
        }
    }

    /// The nearest name to one that nobody has.
    pub fn nearest(&self, name: &str) -> Option<String> {
        self.suggest(&key(name))
    }

    /// The region with a name, made when it is new. Nothing is the region of those without one.
    pub fn region(&mut self, name: Option<&str>) -> u32 {
        let next = u32::try_from(self.regions.len()).unwrap_or(u32::MAX);
        *self.region_ids.entry(name.map(key)).or_insert_with(|| {
            self.regions.push(name.map(str::to_string));
            self.members.take();
            next
        })
    }

    /// The team with a name in a region, made when it is new.
    pub fn team_in(&mut self, name: Option<&str>, region: Option<u32>) -> u32 {
        let next = u32::try_from(self.teams.len()).unwrap_or(u32::MAX);
        let team = *self.team_ids.entry((name.map(key), region)).or_insert_with(|| {
            self.teams.push(Team { name: name.map(str::to_string), region });
            self.members.take();
            next
        });
        if let Some(name) = name {
            self.first_team.entry(key(name)).or_insert(team);
        }
        team
    }

    fn add_person(&mut self, person: Person) -> u32 {
        let index = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        if let Some(id) = &person.id {
            self.by_id.entry(key(id)).or_default().push(index);
        }
        if let Some(name) = &person.name {
            self.by_name.entry(key(name)).or_default().push(index);
        }
        self.people.push(person);
        self.stints.push(vec![Stint { span: ALWAYS, parts: vec![(None, None, WHOLE)], outside: false }]);
        index
    }

    /// Who is meant by an id, a name, or both. An id counts more than a name; an id that
    /// nobody has joins by the name beside it, and says so.
    pub fn find(&self, wanted: &PersonName) -> Found {
        for (text, is_name) in [(wanted.id.as_deref(), false), (wanted.name.as_deref(), true)] {
            let Some(text) = text.map(key) else { continue };
            for index in [&self.by_id, &self.by_name] {
                match index.get(&text).map(Vec::as_slice) {
                    None | Some([]) => {}
                    Some([person]) if is_name && wanted.id.is_some() => return Found::ByName(*person),
                    Some([person]) => return Found::Person(*person),
                    Some(several) => {
                        let ids: Vec<String> = several.iter().map(|person| self.id(Unit::Person(*person))).collect();
                        return Found::Ambiguous { ids: ids.join(", ") };
                    }
                }
            }
        }
        Found::Unknown
    }

    /// A known name that is similar to this key. After many names that nobody has, none is looked for any more.
    fn suggest(&self, name: &str) -> Option<String> {
        let n_names = self.people.len() + self.regions.len() + self.teams.len();
        if self.n_compared.fetch_add(n_names, Ordering::Relaxed) > MOST_COMPARED {
            return None;
        }
        let names = self.people.iter().filter_map(Person::name);
        let units = self.regions.iter().flatten().map(String::as_str);
        let teams = self.teams.iter().filter_map(|team| team.name.as_deref());
        let scored = names.chain(units).chain(teams).map(|other| (strsim::jaro_winkler(name, &key(other)), other));
        let best = scored.filter(|(score, _)| *score >= 0.8).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
        best.map(|(_, other)| other.to_string())
    }

    /// Where a person's credit goes, in time order.
    pub fn stints(&self, person: u32) -> &[Stint] {
        &self.stints[person as usize]
    }

    /// The unit that a row names. Unknown names are noted and become units of their own, so that nothing is lost.
    pub fn resolve(&mut self, names: &UnitNames, at: &CellRef, problems: &mut Vec<Problem>) -> Unit {
        if names.person.is_some() || names.person_id.is_some() {
            let wanted = PersonName { id: names.person_id.clone(), name: names.person.clone() };
            return Unit::Person(self.person_or_unassigned(&wanted, at, 1, None, problems));
        }
        let region = names.region.as_deref();
        if let Some(name) = names.team.as_deref() {
            let in_region = region.map(|region| self.region(Some(region)));
            if let Some(team) = self.team_named(name, in_region) {
                return Unit::Team(team);
            }
            self.note_unknown(name, at, problems);
            return Unit::Team(self.team_in(Some(name), in_region));
        }
        if let Some(name) = region {
            if !self.has_region(name) {
                self.note_unknown(name, at, problems);
            }
            return Unit::Region(self.region(Some(name)));
        }
        let Some(name) = names.unit.as_deref() else {
            return if names.n_levels == 1 { Unit::Person(self.unassigned()) } else { Unit::Company };
        };
        self.resolve_any(name, at, problems)
    }

    /// A name whose level is not said: a region, a team, a person, or the company itself.
    fn resolve_any(&mut self, name: &str, at: &CellRef, problems: &mut Vec<Problem>) -> Unit {
        let wanted = key(name);
        if crate::text::wordings("word.company").into_iter().any(|word| key(word) == wanted) {
            return Unit::Company;
        }
        if let Some(region) = self.region_named(name) {
            return Unit::Region(region);
        }
        if let Some(team) = self.team_named(name, None) {
            return Unit::Team(team);
        }
        if let Found::Person(person) = self.find(&PersonName { id: None, name: Some(name.to_string()) }) {
            return Unit::Person(person);
        }
        self.note_unknown(name, at, problems);
        Unit::Region(self.region(Some(name)))
    }

    fn note_unknown(&self, name: &str, at: &CellRef, problems: &mut Vec<Problem>) {
        if self.has_roster {
            let kind = Kind::UnknownUnit { name: name.to_string(), suggestion: self.suggest(&key(name)) };
            problems.push(Problem::new(at.clone(), kind));
        }
    }

    /// The person meant, or `(unassigned)` with the reason noted.
    pub fn person_or_unassigned(
        &mut self,
        wanted: &PersonName,
        at: &CellRef,
        n_rows: usize,
        amount: Option<Amount>,
        problems: &mut Vec<Problem>,
    ) -> u32 {
        let name = wanted.name.clone().or_else(|| wanted.id.clone()).unwrap_or_default();
        let kind = match self.find(wanted) {
            Found::Person(person) => {
                // The id counts; a name beside it that is somebody else's is worth a word.
                let known = &self.people[person as usize];
                if let (Some(id), Some(second), Some(first)) = (&wanted.id, &wanted.name, &known.name)
                    && key(first) != key(second)
                {
                    let kind = Kind::NameDiffers { id: id.clone(), known: first.clone(), written: second.clone() };
                    problems.push(Problem::new(at.clone(), kind).worth(amount));
                }
                return person;
            }
            // The blank cell has its own problem already.
            Found::Unknown if name.is_empty() => return self.unassigned(),
            Found::ByName(person) => {
                let id = wanted.id.clone().unwrap_or_default();
                let kind = Kind::JoinedByName { id, name };
                problems.push(Problem::new(at.clone(), kind).worth(amount));
                return person;
            }
            Found::Unknown => {
                let suggestion = self.suggest(&key(&name));
                Kind::UnknownPerson { name, n_rows, suggestion }
            }
            Found::Ambiguous { ids } => Kind::AmbiguousName { name, ids },
        };
        problems.push(Problem::new(at.clone(), kind).worth(amount));
        self.unassigned()
    }
}

/// Builds the organisation from the team table, or from the names met when there is none.
pub fn build(
    team: &[TeamRow],
    targets: &[TargetRow],
    chunks: &[Chunk],
    funnel: &[FunnelRow],
    deals: &[DealRow],
    problems: &mut Vec<Problem>,
) -> Units {
    let mut units = Units { has_roster: !team.is_empty(), ..Units::default() };
    let mut assignments: Vec<Vec<Assignment>> = Vec::new();
    let mut places: Vec<CellRef> = Vec::new();
    for row in team {
        let person = person_of(row, &mut units, problems);
        if person as usize >= assignments.len() {
            assignments.resize_with(person as usize + 1, Vec::new);
            places.resize(person as usize + 1, row.at.clone());
        }
        if row.manager.is_some() {
            units.people[person as usize].manager.clone_from(&row.manager);
        }
        let region = row.region.as_deref().map(|region| units.region(Some(region)));
        let team = row.team.as_deref().map(|team| units.team_in(Some(team), region));
        if team.is_none() && region.is_none() {
            continue;
        }
        if assignments[person as usize].is_empty() {
            places[person as usize] = row.at.clone();
        }
        let span = Span { first: row.start.unwrap_or(NaiveDate::MIN), last: row.end.unwrap_or(NaiveDate::MAX) };
        if span.first > span.last {
            let name = row.person.clone().or_else(|| row.person_id.clone()).unwrap_or_default();
            let (first, last) = (span.first.to_string(), span.last.to_string());
            problems.push(Problem::new(row.at.clone(), Kind::EndsBeforeStart { name, first, last }));
            continue;
        }
        let share = row.share.and_then(|share| share.amount());
        let is_share_unreadable = row.is_share_unreadable;
        assignments[person as usize].push(Assignment { team, region, span, share, is_share_unreadable });
    }
    for (person, assignments) in assignments.iter().enumerate() {
        if !assignments.is_empty() {
            let name = units.people[person].name().unwrap_or("").to_string();
            units.stints[person] = stints(&units, &name, assignments, &places[person], problems);
        }
    }
    if !units.has_roster {
        let named = |names: &UnitNames| PersonName { id: names.person_id.clone(), name: names.person.clone() };
        let from_targets = targets.iter().map(|row| named(&row.unit));
        let from_actuals = chunks.iter().flat_map(|chunk| chunk.people.values.iter().cloned());
        let from_funnel = funnel.iter().map(|row| named(&row.unit));
        let from_deals = deals.iter().map(|row| named(&row.unit));
        for wanted in from_targets.chain(from_actuals).chain(from_funnel).chain(from_deals) {
            let is_new = match units.find(&wanted) {
                // Another id is another person, whatever the name; without an id yet, it is theirs.
                Found::ByName(person) if units.people[person as usize].id.is_none() => {
                    units.by_id.entry(key(wanted.id.as_deref().unwrap_or(""))).or_default().push(person);
                    units.people[person as usize].id.clone_from(&wanted.id);
                    false
                }
                Found::ByName(_) | Found::Unknown => wanted != PersonName::default(),
                Found::Ambiguous { .. } => wanted.id.as_ref().is_some_and(|id| !units.by_id.contains_key(&key(id))),
                Found::Person(_) => false,
            };
            if is_new {
                units.add_person(Person { id: wanted.id, name: wanted.name, manager: None });
            }
        }
        // Without a roster the regions and teams are those that targets and actuals name.
        for row in targets {
            if row.unit.person.is_none() && row.unit.person_id.is_none() {
                let region = row.unit.region.as_deref().map(|region| units.region(Some(region)));
                if let Some(team) = row.unit.team.as_deref() {
                    units.team_in(Some(team), region);
                }
            }
        }
        for region in
            chunks.iter().filter_map(|chunk| chunk.regions.as_ref()).flat_map(|regions| &regions.values).flatten()
        {
            units.region(Some(region));
        }
        assign_by_rows(&mut units, targets, chunks);
    }
    units
}

/// Without a team table, whoever is always named with the same team and region belongs to them.
fn assign_by_rows(units: &mut Units, targets: &[TargetRow], chunks: &[Chunk]) {
    type Home = (Option<String>, Option<String>);
    // Nothing stands for several.
    let mut homes: std::collections::BTreeMap<u32, Option<Home>> = std::collections::BTreeMap::new();
    let mut add = |units: &Units, person: &PersonName, home: Home| {
        if home == (None, None) {
            return;
        }
        let Found::Person(person) = units.find(person) else { return };
        homes
            .entry(person)
            .and_modify(|known| {
                let same = |a: &Option<String>, b: &Option<String>| a.as_deref().map(key) == b.as_deref().map(key);
                let is_same = known.as_ref().is_some_and(|known| same(&known.0, &home.0) && same(&known.1, &home.1));
                if !is_same {
                    *known = None;
                }
            })
            .or_insert(Some(home));
    };
    for row in targets {
        let person = PersonName { id: row.unit.person_id.clone(), name: row.unit.person.clone() };
        add(units, &person, (row.unit.team.clone(), row.unit.region.clone()));
    }
    for chunk in chunks.iter().filter(|chunk| chunk.teams.is_some() || chunk.regions.is_some()) {
        // Each pair of a person and a home once.
        let mut seen: std::collections::BTreeSet<(u32, u32, u32)> = BTreeSet::new();
        let index = |dictionary: &Option<crate::tables::actuals::Dictionary<Option<String>>>, row: usize| {
            dictionary.as_ref().map_or(u32::MAX, |dictionary| dictionary.indices[row])
        };
        for row in 0..chunk.n_rows() {
            seen.insert((chunk.people.indices[row], index(&chunk.teams, row), index(&chunk.regions, row)));
        }
        let value = |dictionary: &Option<crate::tables::actuals::Dictionary<Option<String>>>, index: u32| {
            dictionary.as_ref().and_then(|dictionary| dictionary.values.get(index as usize)?.clone())
        };
        for (person, team, region) in seen {
            let home = (value(&chunk.teams, team), value(&chunk.regions, region));
            add(units, &chunk.people.values[person as usize], home);
        }
    }
    for (person, home) in homes {
        let Some((team, region)) = home else { continue };
        let region = region.map(|region| units.region(Some(&region)));
        let team = team.map(|team| units.team_in(Some(&team), region));
        units.stints[person as usize] =
            vec![Stint { span: ALWAYS, parts: vec![(team, region, WHOLE)], outside: false }];
    }
}

/// The person a team row is about: known by id, by second id, by an unused name, or new.
fn person_of(row: &TeamRow, units: &mut Units, problems: &mut Vec<Problem>) -> u32 {
    let ids = [row.person_id.as_deref(), row.other_id.as_deref()];
    let by_id =
        ids.into_iter().flatten().find_map(|id| units.by_id.get(&key(id)).and_then(|people| people.first()).copied());
    let by_name = || {
        let people = units.by_name.get(&key(row.person.as_deref()?))?;
        // A name alone joins the one person of that name; with an id of its own it is someone else.
        (row.person_id.is_none() && people.len() == 1).then(|| people[0])
    };
    let person = by_id.or_else(by_name);
    let person = match person {
        Some(person) => {
            let known = &units.people[person as usize];
            if let (Some(first), Some(second)) = (&known.name, &row.person)
                && key(first) != key(second)
            {
                let id = known.id.clone().unwrap_or_default();
                let kind = Kind::TwoPeople { id, first: first.clone(), second: second.clone() };
                problems.push(Problem::new(row.at.clone(), kind));
            }
            person
        }
        None => units.add_person(Person { id: row.person_id.clone(), name: row.person.clone(), manager: None }),
    };
    // Further ids and a name that came later are remembered.
    if units.people[person as usize].name.is_none()
        && let Some(name) = &row.person
    {
        units.people[person as usize].name = Some(name.clone());
        units.by_name.entry(key(name)).or_default().push(person);
    }
    for id in ids.into_iter().flatten() {
        let people = units.by_id.entry(key(id)).or_default();
        if !people.contains(&person) {
            people.push(person);
        }
    }
    person
}

/// Cuts all time into stretches in which the same assignments hold, and says where the credit goes in each.
fn stints(
    units: &Units,
    name: &str,
    assignments: &[Assignment],
    at: &CellRef,
    problems: &mut Vec<Problem>,
) -> Vec<Stint> {
    let mut cuts: BTreeSet<NaiveDate> = BTreeSet::from([NaiveDate::MIN]);
    for assignment in assignments {
        cuts.insert(assignment.span.first);
        cuts.extend(assignment.span.last.succ_opt());
    }
    let cuts: Vec<NaiveDate> = cuts.into_iter().collect();
    let mut stints = Vec::new();
    let is_noted = assignments.iter().any(|assignment| assignment.is_share_unreadable);
    let (mut noted_several, mut noted_share) = (is_noted, is_noted);
    for (index, first) in cuts.iter().enumerate() {
        let last = cuts.get(index + 1).and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MAX);
        let span = Span { first: *first, last };
        let held: Vec<&Assignment> = assignments.iter().filter(|assignment| assignment.span.contains(*first)).collect();
        // The same unit named twice is one assignment.
        let held: Vec<&Assignment> = match held[..] {
            [first, ref others @ ..] if others.iter().all(|other| other.is_same_as(first)) => vec![first],
            _ => held,
        };
        let outside = held.is_empty();
        let mut parts = Vec::new();
        let mut rest = WHOLE;
        if held.len() > 1 && held.iter().any(|assignment| assignment.share.is_none()) {
            // Several units and no shares: nobody can say how much belongs where.
            let same_region = held.iter().all(|assignment| assignment.region == held[0].region);
            parts.push((None, if same_region { held[0].region } else { None }, WHOLE));
            rest = 0;
            if !noted_several {
                noted_several = true;
                let names: Vec<&str> = held
                    .iter()
                    .filter_map(|assignment| match (assignment.team, assignment.region) {
                        (Some(team), _) => units.name(Unit::Team(team)),
                        (None, Some(region)) => units.name(Unit::Region(region)),
                        (None, None) => None,
                    })
                    .collect();
                let kind = Kind::SeveralAssignments { name: name.to_string(), units: names.join(", ") };
                problems.push(Problem::new(at.clone(), kind));
            }
        } else {
            let weight =
                |share: Amount| share.rounded(6).units(6).and_then(|units| i64::try_from(units).ok()).unwrap_or(0);
            let weights: Vec<i64> = held.iter().map(|assignment| assignment.share.map_or(WHOLE, weight)).collect();
            let total: i64 = weights.iter().sum();
            let is_off = total > WHOLE || (total < WHOLE && !outside);
            if is_off && !noted_share {
                noted_share = true;
                let share = format!("{} %", Amount::from_units(i128::from(total), 4).plain());
                problems.push(Problem::new(at.clone(), Kind::ShareOfPerson { name: name.to_string(), share }));
            }
            if total <= WHOLE {
                for (assignment, weight) in held.iter().zip(weights) {
                    parts.push((assignment.team, assignment.region, weight));
                    rest -= weight;
                }
            }
        }
        if rest > 0 {
            parts.push((None, None, rest));
        }
        stints.push(Stint { span, parts, outside });
    }
    stints
}
