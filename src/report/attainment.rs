//! Attainment: every metric, period and unit, members above the unit they make up.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::analysis::attainment::Attainment;
use crate::analysis::pacing::Status;
use crate::facts::Unit;
use crate::measure::{Amount, Tally};
use crate::period::{Kind, Period};

use super::comparison::Columns;
use super::subject::{Meaning, Subject};
use super::{Block, Column, Findings, Formula, Item, Line, LineRole, Look, Page, Scenario, points};

/// Columns that formulas refer to.
const COLUMNS: Columns = Columns { plan: 5, actual: 6, delta: 8 };

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    if findings.attainment.is_empty() {
        return None;
    }
    let mut builder = Builder {
        findings,
        numbers: super::deviations::Numbers::of(findings),
        figures: FxHashMap::default(),
        lines: Vec::new(),
        subjects: Vec::new(),
        worst: None,
        whole_only: false,
    };
    let mut groups: Vec<(usize, Period)> = Vec::new();
    for figure in &findings.attainment {
        builder.figures.insert((figure.metric, figure.period, figure.unit), figure);
        if groups.last() != Some(&(figure.metric, figure.period)) {
            groups.push((figure.metric, figure.period));
        }
    }
    // Years without any target are history: they are compared with, and have no attainment.
    let year = |period: Period| {
        let calendar = &findings.facts.calendar;
        calendar.containing(Kind::Year, calendar.span(period).first)
    };
    let is_planned = |figure: &&Attainment| !figure.target.is_nothing();
    let planned: FxHashSet<Period> =
        findings.attainment.iter().filter(is_planned).map(|figure| year(figure.period)).collect();
    groups.retain(|(_, period)| planned.is_empty() || planned.contains(&year(*period)));
    let has_target = |metric: usize| findings.facts.plans.metrics().any(|planned| planned == metric);
    let any_target = findings.facts.plans.metrics().next().is_some();
    for (metric, period) in groups {
        // A metric without any target is shown for the whole; the tidy table has every unit.
        builder.whole_only = any_target && !has_target(metric);
        builder.unit(metric, period, Unit::Company, 0);
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.metric")),
        Column::new(word("head.period")),
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.py")).showing(Meaning::PriorYear).of(Scenario::PriorYear),
        Column::new(word("head.pl")).showing(Meaning::Target).of(Scenario::Plan),
        Column::new(word("head.ac")).showing(Meaning::Actual).of(Scenario::Actual),
        Column::new(word("head.fc")).showing(Meaning::Forecast).of(Scenario::Forecast),
        Column::new(word("head.delta_pl")).showing(Meaning::Delta),
        Column::new(word("head.delta_pl_percent")).showing(Meaning::DeltaPercent),
        Column::new(word("head.attainment")).showing(Meaning::Attainment).with_bars(),
        Column::new(word("head.pace")).showing(Meaning::Pace),
        Column::new(word("head.lead")).showing(Meaning::Lead),
        Column::new(word("head.status")),
        Column::new(word("head.delta_py_percent")).showing(Meaning::DeltaPriorYearPercent),
        Column::new(word("head.ytd_attainment")).showing(Meaning::YearToDate),
        Column::new(word("head.period_target")).showing(Meaning::PeriodTarget).of(Scenario::Plan),
        Column::new(word("head.required")).showing(Meaning::Required),
        Column::new(word("head.deviation")),
        Column::new(word("head.note")).wrapping(),
    ];
    let (worst, lines, subjects) = (builder.worst, builder.lines, builder.subjects);
    let focus = findings.focus;
    let behind = findings
        .attainment
        .iter()
        .filter(|figure| Some(figure.period) == focus && matches!(figure.unit, Unit::Person(_)))
        .filter(|figure| matches!(findings.status_of(figure), Status::Behind | Status::Critical))
        .map(|figure| figure.unit)
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    let units = &findings.facts.units;
    // Those who have a target: of others nothing can be said.
    let planned = findings.attainment.iter().filter(|figure| Some(figure.period) == focus && is_planned(figure));
    let named = planned.map(|figure| figure.unit).filter(|unit| matches!(unit, Unit::Person(_)));
    let named = named.filter(|unit| units.name(*unit).is_some()).collect::<std::collections::BTreeSet<_>>();
    let people = if units.has_people() { named.len() } else { 0 };
    let key = if people == 0 { "report.attainment" } else { "message.attainment" };
    let message = findings.lang.say(
        key,
        &[
            ("behind", &behind.to_string()),
            ("people", &people.to_string()),
            ("period", &focus.map_or(String::new(), |period| findings.period_words(period))),
        ],
    );
    Some(Page {
        key: "attainment",
        number: 2,
        message,
        titles: findings.titles(None, findings.legend()),
        blocks: vec![Block::new("", columns, lines).about(subjects)],
        worst,
        frozen_columns: 4,
    })
}

struct Builder<'a> {
    findings: &'a Findings<'a>,
    /// Of the register: what is off has a line there.
    numbers: super::deviations::Numbers,
    figures: FxHashMap<(usize, Period, Unit), &'a Attainment>,
    lines: Vec<Line>,
    subjects: Vec<(usize, Subject)>,
    worst: Option<Status>,
    /// Whether members are left out.
    whole_only: bool,
}

impl Builder<'_> {
    /// Writes a unit's members and then the unit. Returns the unit's line and figures.
    /// A unit of a level that is not shown is its members.
    fn unit(&mut self, metric: usize, period: Period, unit: Unit, depth: u8) -> Vec<(usize, Tally, Tally)> {
        let units = &self.findings.facts.units;
        let figure = match unit {
            // A seat stands for the person, unless the person has several.
            Unit::Seat(seat) => {
                let person = Unit::Person(units.seats()[seat as usize].person);
                let own = self.figures.get(&(metric, period, unit));
                own.or_else(|| {
                    self.figures.get(&(metric, period, person)).filter(|_| units.seats_of(person).len() == 1)
                })
            }
            _ => self.figures.get(&(metric, period, unit)),
        };
        let Some(figure) = figure.copied() else { return Vec::new() };
        let is_level = match unit {
            unit if !self.findings.shows(unit) => false,
            Unit::Region(_) => units.has_regions(),
            Unit::Team(_) => units.has_teams(),
            _ => true,
        };
        let children = if self.whole_only { Vec::new() } else { units.children(unit) };
        let members: Vec<(usize, Tally, Tally)> = children
            .into_iter()
            .flat_map(|child| self.unit(metric, period, child, depth + u8::from(is_level)))
            .collect();
        if !self.findings.shows(unit) {
            return members;
        }
        let line = self.lines.len();
        // A total carries a formula where its members add up to it; a rate never does.
        let sum_of = |pick: fn(&(usize, Tally, Tally)) -> Tally, whole: &Tally| {
            let sum: Tally = members.iter().map(pick).sum();
            let adds_up =
                !figure.is_rate && sum.value() == whole.value() && sum.value().is_some() && members.len() <= 200;
            let filled = members.iter().filter(|member| pick(member).value().is_some());
            adds_up.then(|| Formula::Sum(filled.map(|(line, _, _)| *line).collect()))
        };
        let plan = sum_of(|member| member.1, &figure.target);
        let actual = sum_of(|member| member.2, &figure.actual);
        let is_part = matches!(unit, Unit::Seat(_)) && self.figures.contains_key(&(metric, period, unit));
        let items = self.items(figure, unit, is_part, plan, actual);
        let role = match unit {
            Unit::Company => LineRole::Total,
            Unit::Region(_) | Unit::Team(_) => LineRole::Subtotal,
            _ => LineRole::Detail,
        };
        self.subjects.push((line, Subject::of(metric, figure.unit, period)));
        // Who has several seats is found at the first of them.
        if is_part && let Unit::Seat(seat) = unit {
            let person = Unit::Person(units.seats()[seat as usize].person);
            self.subjects.push((line, Subject::of(metric, person, period)));
        }
        self.lines.push(Line { role, depth, items });
        vec![(line, figure.target, figure.actual)]
    }

    fn items(
        &mut self,
        figure: &Attainment,
        unit: Unit,
        is_part: bool,
        plan: Option<Formula>,
        actual: Option<Formula>,
    ) -> Vec<Item> {
        let findings = self.findings;
        let look = findings.look(figure.metric);
        let status = findings.status_of(figure);
        // A part is measured only where the person's target is divided as the sales are.
        let is_measured = !is_part || self.is_divided(figure, unit);
        let unmeasured = Attainment { target: Tally::NOTHING, reason: None, ..(*figure).clone() };
        let measured = if is_measured { figure } else { &unmeasured };
        let status = if is_measured { status } else { Status::NoData };
        self.worst = Some(self.worst.map_or(status, |worst| worst.min(status)));
        let comparison = findings.comparison(measured, &COLUMNS);
        let mut name = findings.unit_name(unit);
        if is_part {
            name.push_str(findings.word("word.part"));
        }
        vec![
            Item::text(findings.metric_name(figure.metric)),
            Item::text(findings.period_name(figure.period)),
            Item::text(findings.level_name(unit)),
            Item::text(name),
            Item::number(figure.prior_year, look),
            Item::tally(&figure.target, look).by(plan),
            Item::tally(&figure.actual, look).by(actual),
            Item::number(figure.forecast.map(|forecast| forecast.value), look),
            comparison.delta,
            comparison.delta_percent,
            comparison.attainment,
            Item::number(measured.pace(), Look::Percent),
            Item::number(points(measured.lead()), Look::Points),
            if is_measured { findings.status_of_figure(figure) } else { Item::Blank },
            comparison.prior_percent,
            Item::number(figure.year_to_date_ratio().filter(|_| is_measured), Look::Percent),
            Item::tally(&figure.period_target, look),
            Item::number(figure.required_per_day(), findings.look_per_day(figure.metric)),
            self.numbers.link(figure.metric, figure.unit, figure.period),
            Item::text(if is_measured { findings.note(figure) } else { word_of_part(findings) }),
        ]
    }

    /// Whether every part of a person that sold something has a part of the target, and the other way round.
    fn is_divided(&self, figure: &Attainment, unit: Unit) -> bool {
        let units = &self.findings.facts.units;
        let Unit::Seat(seat) = unit else { return true };
        let person = Unit::Person(units.seats()[seat as usize].person);
        let parts = units.seats_of(person).into_iter().map(Unit::Seat);
        let parts = parts.filter_map(|seat| self.figures.get(&(figure.metric, figure.period, seat)));
        let parts: Vec<&Attainment> = parts.copied().collect();
        let has = |amount: Option<Amount>| amount.is_some_and(|amount| !amount.is_zero());
        let sells = |part: &Attainment| has(part.actual.value());
        // Where nobody sold anything, a target without sales is simply missed.
        !parts.iter().any(|part| sells(part)) || parts.iter().all(|part| sells(part) == has(part.target.value()))
    }
}

fn word_of_part(findings: &Findings<'_>) -> String {
    findings.word("note.target_not_divided").to_string()
}

impl Findings<'_> {
    /// The reason of a missing figure, or what to know about it, in words.
    pub(super) fn note(&self, figure: &Attainment) -> String {
        let mut notes = Vec::new();
        if let Some(reason) = figure.reason {
            let (planned, all) = figure.planned_months;
            let arguments = [("planned", planned.to_string()), ("all", all.to_string())];
            let arguments = arguments.each_ref().map(|(name, value)| (*name, value.as_str()));
            notes.push(self.lang.say(&format!("reason.{}", reason.key()), &arguments));
        }
        if figure.n_unreadable() > 0 {
            let n_cells = figure.n_unreadable().to_string();
            notes.push(self.lang.say("note.unreadable", &[("n_cells", &n_cells)]));
        }
        notes.join(self.word("separator"))
    }
}
