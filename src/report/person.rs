//! People: everyone's targets and results of the focus period, ranked by attainment; what belongs to nobody, and all of
//! them together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::analysis::attainment::Attainment;
use crate::analysis::people::{Assignment, PersonFigures};
use crate::facts::Unit;
use crate::measure::{Amount, Tally};
use crate::period::Span;

use super::comparison::Columns;
use super::subject::{Meaning, Subject};
use super::{Block, Column, Findings, Formula, Item, Line, LineRole, Look, Page, Scenario, points};

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let is_person = |figure: &&Attainment| matches!(figure.unit, Unit::Person(_));
    let in_focus = |figure: &&Attainment| Some(figure.period) == findings.focus && findings.shows(figure.unit);
    let of_people = || findings.attainment.iter().filter(is_person).filter(in_focus);
    let is_planned = |figure: &&Attainment| !figure.target.is_nothing();
    let planned: Vec<&Attainment> = of_people().filter(is_planned).collect();
    let metrics: BTreeSet<usize> = planned.iter().map(|figure| figure.metric).collect();
    // Whoever has no target and sold something is shown, too: all lines together are the company.
    let has_any = |figure: &&Attainment| {
        let is_sold = figure.actual.value().is_some_and(|actual| !actual.is_zero()) || figure.n_unreadable() > 0;
        is_planned(figure) || metrics.contains(&figure.metric) && is_sold
    };
    let figures: Vec<&Attainment> = of_people().filter(has_any).collect();
    let first = figures.first()?;
    let layout = Layout::of(findings, &figures);
    let blocks: Vec<Block> =
        figures.chunk_by(|a, b| a.metric == b.metric).map(|people| block(findings, people.to_vec(), &layout)).collect();
    let of_first = || planned.iter().filter(|figure| figure.metric == first.metric);
    let reached = |figure: &&&Attainment| figure.lead().is_some_and(|lead| !lead.is_negative());
    let message = findings.lang.say(
        "message.person",
        &[
            ("metric", &findings.metric_name(first.metric)),
            ("reached", &of_first().filter(reached).count().to_string()),
            ("people", &of_first().count().to_string()),
        ],
    );
    Some(Page {
        key: "person",
        number: 3,
        message,
        titles: findings.titles(findings.focus, findings.legend()),
        blocks,
        worst: planned.iter().map(|figure| findings.status_of(figure)).min(),
        frozen_columns: 2,
    })
}

/// What is known of people beside their figures: which columns there are, and where those are that formulas refer to.
struct Layout<'a> {
    people: BTreeMap<Unit, &'a PersonFigures>,
    has_windows: bool,
    has_shares: bool,
    has_new_customers: bool,
    has_collection_rate: bool,
    references: Columns,
}

impl<'a> Layout<'a> {
    fn of(findings: &'a Findings<'_>, figures: &[&Attainment]) -> Self {
        let shown: BTreeSet<Unit> = figures.iter().map(|figure| figure.unit).chain([Unit::Company]).collect();
        let people = findings.people.iter().filter(|person| shown.contains(&person.unit));
        let people: BTreeMap<Unit, &PersonFigures> = people.map(|person| (person.unit, person)).collect();
        let any = |has: &dyn Fn(&Assignment) -> bool| {
            people.values().filter_map(|person| person.assignment.as_ref()).any(has)
        };
        let has_windows = any(&Assignment::is_dated);
        let has_shares = any(&|assignment| !assignment.shares.is_empty());
        let plan = 5 + 2 * usize::from(has_windows);
        let actual = plan + 1;
        Layout {
            has_windows,
            has_shares,
            has_new_customers: people.values().any(|person| person.new_customers.value().is_some()),
            has_collection_rate: people.values().any(|person| person.collection_rate.is_some()),
            references: Columns { plan, actual, delta: actual + 1 + usize::from(has_shares) },
            people,
        }
    }

    fn assignment(&self, unit: Unit) -> Option<&Assignment> {
        self.people.get(&unit)?.assignment.as_ref()
    }

    fn new_customers(&self, unit: Unit) -> Tally {
        self.people.get(&unit).map_or(Tally::NOTHING, |person| person.new_customers)
    }

    /// Beside other metrics: in their own table new customers are the actual.
    fn shows_new_customers(&self, findings: &Findings<'_>, metric: usize) -> bool {
        self.has_new_customers && findings.metric(metric).key != "new_customers"
    }

    fn columns(&self, findings: &Findings<'_>, metric: usize) -> Vec<Column> {
        let word = |key: &str| findings.word(key);
        let mut columns = vec![
            Column::new(word("head.rank")).showing(Meaning::Rank),
            Column::new(word("head.name")),
            Column::new(word("head.person_id")),
            Column::new(word("level.team")),
            Column::new(word("level.region")),
        ];
        if self.has_windows {
            columns.extend([
                Column::new(word("head.assigned")),
                Column::new(word("head.days_assigned")).showing(Meaning::DaysAssigned),
            ]);
        }
        columns.extend([
            Column::new(word("head.pl")).showing(Meaning::Target).of(Scenario::Plan),
            Column::new(word("head.ac")).showing(Meaning::Actual).of(Scenario::Actual),
        ]);
        if self.has_shares {
            columns.push(Column::new(word("head.credit_share")));
        }
        columns.extend([
            Column::new(word("head.delta_pl")).showing(Meaning::Delta),
            Column::new(word("head.attainment")).showing(Meaning::Attainment).with_bars(),
            Column::new(word("head.pace")).showing(Meaning::Pace),
            Column::new(word("head.lead")).showing(Meaning::Lead),
            Column::new(word("head.delta_py_percent")).showing(Meaning::DeltaPriorYearPercent),
            Column::new(word("head.required")).showing(Meaning::Required),
            Column::new(word("head.fc")).showing(Meaning::Forecast).of(Scenario::Forecast),
        ]);
        if findings.has_trend() {
            columns.push(Column::new(word("head.trend")));
        }
        columns.push(Column::new(word("head.status")));
        if self.shows_new_customers(findings, metric) {
            columns.push(Column::new(word("metric.new_customers")).showing(Meaning::NewCustomers));
        }
        if self.has_collection_rate {
            columns.push(Column::new(word("head.collection_rate")).showing(Meaning::CollectionRate));
        }
        columns.push(Column::new(word("head.note")).wrapping());
        columns
    }

    /// The cells of a line, after those that say whose it is.
    fn items(&self, findings: &Findings<'_>, figure: &Attainment, sums: &Sums) -> Vec<Item> {
        let comparison = findings.comparison(figure, &self.references);
        let look = findings.look(figure.metric);
        let assignment = self.assignment(figure.unit);
        let mut items = Vec::new();
        if self.has_windows {
            let days = assignment.map(|assignment| Amount::whole(assignment.days));
            items.push(Item::text(assignment.map_or(String::new(), |assignment| windows(findings, assignment))));
            items.push(Item::number(days, Look::Amount(0)));
        }
        items.extend([
            Item::tally(&figure.target, look).by(sums.plan.clone()),
            Item::tally(&figure.actual, look).by(sums.actual.clone()),
        ]);
        if self.has_shares {
            items.push(Item::text(assignment.map_or(String::new(), |assignment| shares(findings, assignment))));
        }
        items.extend([
            comparison.delta,
            comparison.attainment,
            Item::number(figure.pace(), Look::Percent),
            Item::number(points(figure.lead()), Look::Points),
            comparison.prior_percent,
            Item::number(figure.required_per_day(), findings.look_per_day(figure.metric)),
            Item::number(figure.forecast.map(|forecast| forecast.value), look),
        ]);
        if findings.has_trend() {
            items.push(Item::sparkline(figure.metric, figure.unit));
        }
        items.push(findings.status_of_figure(figure));
        if self.shows_new_customers(findings, figure.metric) {
            let new_customers = Item::tally(&self.new_customers(figure.unit), Look::Amount(0));
            items.push(new_customers.by(sums.new_customers.clone()));
        }
        if self.has_collection_rate {
            let person = self.people.get(&figure.unit);
            items.push(Item::number(person.and_then(|person| person.collection_rate), Look::Percent));
        }
        let partial = assignment.filter(|assignment| assignment.is_partial()).map(|assignment| {
            let (days, all) = (assignment.days.to_string(), assignment.all_days.to_string());
            findings.lang.say("note.assigned_days", &[("days", &days), ("all", &all)])
        });
        let notes = [partial.unwrap_or_default(), findings.note(figure), sums.note.clone()];
        let notes: Vec<String> = notes.into_iter().filter(|note| !note.is_empty()).collect();
        items.push(Item::text(notes.join(findings.word("separator"))));
        items
    }
}

/// How the last line is calculated from those above, where they add up to it.
#[derive(Default)]
struct Sums {
    plan: Option<Formula>,
    actual: Option<Formula>,
    new_customers: Option<Formula>,
    note: String,
}

impl Sums {
    fn of(findings: &Findings<'_>, layout: &Layout<'_>, people: &[&Attainment], whole: &Attainment) -> Self {
        let formula = |parts: Vec<Tally>, whole: &Tally| {
            let sum: Tally = parts.iter().copied().sum();
            let adds_up = sum.value().is_some() && sum.value() == whole.value();
            adds_up.then(|| Formula::Sum((0..parts.len()).collect()))
        };
        if whole.is_rate {
            return Sums::default();
        }
        let plan = formula(people.iter().map(|figure| figure.target).collect(), &whole.target);
        let is_own = plan.is_none() && !whole.target.is_nothing();
        Sums {
            plan,
            actual: formula(people.iter().map(|figure| figure.actual).collect(), &whole.actual),
            new_customers: formula(
                people.iter().map(|figure| layout.new_customers(figure.unit)).collect(),
                &layout.new_customers(Unit::Company),
            ),
            note: if is_own { findings.word("note.target_of_its_own").to_string() } else { String::new() },
        }
    }
}

/// One metric: those without an attainment last, what belongs to nobody after them, and the whole.
fn block(findings: &Findings<'_>, mut people: Vec<&Attainment>, layout: &Layout<'_>) -> Block {
    let is_nobody = |figure: &Attainment| findings.facts.units.name(figure.unit).is_none();
    people.sort_by_key(|figure| (is_nobody(figure), std::cmp::Reverse(figure.ratio()), figure.unit));
    let (metric, period) = (people[0].metric, people[0].period);
    // Equal attainment shares a rank, and the next one counts all before it: 1, 2, 2, 4.
    let mut ratios: Vec<Amount> = people.iter().filter_map(|figure| figure.ratio()).collect();
    ratios.sort_unstable_by(|a, b| b.cmp(a));
    let rank = |figure: &Attainment| {
        let ratio = figure.ratio()?;
        let n_better = ratios.partition_point(|other| *other > ratio);
        i64::try_from(n_better + 1).ok().map(Amount::whole)
    };
    let mut lines = Vec::new();
    let mut subjects = Vec::new();
    let mut add = |role: LineRole, figure: &Attainment, mut items: Vec<Item>, sums: &Sums| {
        items.extend(layout.items(findings, figure, sums));
        subjects.push((lines.len(), Subject::of(metric, figure.unit, period)));
        lines.push(Line { role, depth: 0, items });
    };
    for figure in &people {
        let [team, region] = homes(findings, figure.unit);
        let id = match figure.unit {
            Unit::Person(person) => findings.facts.units.person(person).id.clone().unwrap_or_default(),
            _ => String::new(),
        };
        let who = vec![
            Item::number(rank(figure), Look::Amount(0)),
            Item::link(findings.unit_name(figure.unit), "attainment", Subject::of(metric, figure.unit, period)),
            Item::text(id),
            Item::text(team),
            Item::text(region),
        ];
        add(LineRole::Detail, figure, who, &Sums::default());
    }
    let is_whole =
        |figure: &&Attainment| figure.unit == Unit::Company && (figure.metric, figure.period) == (metric, period);
    if let Some(whole) = findings.attainment.iter().find(is_whole) {
        let mut who = vec![Item::Blank, Item::text(findings.word("word.total"))];
        who.resize(5, Item::Blank);
        add(LineRole::Total, whole, who, &Sums::of(findings, layout, &people, whole));
    }
    Block::new(findings.metric_name(metric), layout.columns(findings, metric), lines).about(subjects)
}

/// When somebody is assigned, in words; nothing where it is always.
fn windows(findings: &Findings<'_>, assignment: &Assignment) -> String {
    let said = |window: &Span| {
        let (first, last) = (window.first.to_string(), window.last.to_string());
        let key = match (window.first == NaiveDate::MIN, window.last == NaiveDate::MAX) {
            (true, true) => return String::new(),
            (false, true) => "assigned.since",
            (true, false) => "assigned.until",
            (false, false) => "assigned.between",
        };
        findings.lang.say(key, &[("first", &first), ("last", &last)])
    };
    let said: Vec<String> = assignment.windows.iter().map(said).collect();
    said.join(findings.word("separator"))
}

/// How somebody's credit is divided: `60 %`, or `A 60 %, B 40 %`.
fn shares(findings: &Findings<'_>, assignment: &Assignment) -> String {
    let percent = |share: Amount| format!("{} %", (share * Amount::whole(100)).rounded(1).plain());
    let said: Vec<String> = match &assignment.shares[..] {
        [(_, share)] => vec![percent(*share)],
        shares => {
            shares.iter().map(|(home, share)| format!("{} {}", findings.unit_name(*home), percent(*share))).collect()
        }
    };
    said.join(findings.word("cause.comma"))
}

/// Teams and regions in which somebody has seats.
fn homes(findings: &Findings<'_>, unit: Unit) -> [String; 2] {
    let units = &findings.facts.units;
    let (mut teams, mut regions): (Vec<Unit>, Vec<Unit>) = (Vec::new(), Vec::new());
    for seat in units.seats_of(unit) {
        let seat = units.seats()[seat as usize];
        let of_team = seat.team.and_then(|team| units.team(team).region);
        teams.extend(seat.team.map(Unit::Team).filter(|team| units.name(*team).is_some()));
        regions.extend(seat.region.or(of_team).map(Unit::Region).filter(|region| units.name(*region).is_some()));
    }
    [teams, regions].map(|mut homes| {
        homes.sort_unstable();
        homes.dedup();
        let names: Vec<String> = homes.into_iter().map(|home| findings.unit_name(home)).collect();
        names.join(findings.word("cause.comma"))
    })
}
