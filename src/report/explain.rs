//! From a cell of a page down: what it is, its formula with the numbers put in, the groups it is made of, and the
//! source cells that add up to it.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::analysis::attainment::{Attainment, months_before};
use crate::analysis::bridge::{Bridge, Effects, Sold};
use crate::analysis::forecast::Method;
use crate::analysis::variance::{Base, Variance};
use crate::facts::ledger::{Wanted, When};
use crate::facts::planned::{Answer, Basis};
use crate::facts::sources::SourceCell;
use crate::facts::{Sources, Unit};
use crate::measure::{Amount, Tally};
use crate::metric::Formula;
use crate::period::{Kind, Period, Span};

use super::scale::Scale;
use super::subject::{Meaning, SoldBy, Standing, Subject};
use super::tidy::{self, Field};
use super::{Findings, Item, Look, Page, sheet_name};

/// What stands in a cell, and where it comes from.
#[derive(Debug)]
pub struct Explanation {
    /// Key of the page.
    pub page: &'static str,
    /// The texts of the line, and the header above the cell.
    pub labels: Vec<String>,
    pub column: String,
    /// What kind of thing stands there.
    pub kind: Kinds,
    /// What the cell says, where it is no number.
    pub text: String,
    pub value: Option<Amount>,
    pub look: Option<Look>,
    /// How it is made, and the same with the numbers put in.
    pub formula: Option<String>,
    pub numbers: Option<String>,
    /// Whether the formula, calculated once more from its terms, gives the figure.
    pub is_confirmed: Option<bool>,
    pub notes: Vec<String>,
    pub terms: Vec<Term>,
    /// The row of a tidy table that has the figure.
    pub table: Option<TableRow>,
    /// Address of the nearest figure, where the cell has none.
    pub nearest: Option<(u32, u32)>,
}

/// What kind of thing stands in a cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kinds {
    Figure,
    Text,
    Header,
    Nothing,
}

impl Kinds {
    pub const ALL: [Kinds; 4] = [Kinds::Figure, Kinds::Text, Kinds::Header, Kinds::Nothing];

    pub fn key(self) -> &'static str {
        match self {
            Kinds::Figure => "figure",
            Kinds::Text => "text",
            Kinds::Header => "header",
            Kinds::Nothing => "nothing",
        }
    }
}

/// One of the numbers of a formula, with what it is made of.
#[derive(Debug)]
pub struct Term {
    pub name: String,
    pub value: Option<Amount>,
    /// The same sum, by members or over time.
    pub groups: Vec<Group>,
    /// Source cells; nothing for a term that comes from no cells of its own.
    pub cells: Option<Vec<SourceCell>>,
    /// Whether the cells are added up: rates are not.
    pub is_sum: bool,
    pub notes: Vec<String>,
}

impl Term {
    /// The sum of the cells' parts.
    pub fn sum(&self) -> Amount {
        self.cells.iter().flatten().filter_map(|cell| cell.amount).sum()
    }

    /// What the cells leave of the value: zero, or something is wrong.
    pub fn gap(&self) -> Option<Amount> {
        self.cells.as_ref().filter(|_| self.is_sum)?;
        Some(small_is_nothing(self.value.unwrap_or(Amount::ZERO) - self.sum()))
    }

    /// Whether cells and groups add up to the value.
    pub fn adds_up(&self) -> bool {
        self.gap().is_none_or(Amount::is_zero) && self.groups.iter().all(|group| self.gap_of(group).is_zero())
    }

    /// What a group leaves of the value.
    pub fn gap_of(&self, group: &Group) -> Amount {
        small_is_nothing(self.value.unwrap_or(Amount::ZERO) - group.sum())
    }
}

/// Parts of days are quotients: what is lost beyond the ledger's decimals is nothing.
fn small_is_nothing(gap: Amount) -> Amount {
    if gap.rounded(9).is_zero() { Amount::ZERO } else { gap }
}

/// A sum by something.
#[derive(Debug)]
pub struct Group {
    pub by: String,
    pub lines: Vec<(String, Amount)>,
}

impl Group {
    pub fn sum(&self) -> Amount {
        self.lines.iter().map(|(_, value)| *value).sum()
    }
}

/// Where a figure stands among the tidy tables.
#[derive(Debug)]
pub struct TableRow {
    /// Path below the report's folder.
    pub path: String,
    /// As people count, the header being the first.
    pub row: usize,
    pub column: &'static str,
}

/// The page that a sheet's name means: as it is written in either language, by its key or its number.
pub fn page_named<'a>(pages: &'a [Page], name: &str) -> Option<&'a Page> {
    let wanted = name.trim();
    let is_it = |page: &&Page| {
        let names = crate::text::Lang::ALL.map(|lang| sheet_name(page.number, page.key, lang));
        let number = format!("{:02}", page.number);
        names.iter().any(|name| name.eq_ignore_ascii_case(wanted)) || page.key == wanted || number == wanted
    };
    pages.iter().find(is_it)
}

/// Explains the cell of a page at a row and column, zero-based.
pub fn explain(findings: &Findings<'_>, sources: &Sources, page: &Page, (row, column): (u32, u32)) -> Explanation {
    let mut explanation = Explanation {
        page: page.key,
        labels: Vec::new(),
        column: String::new(),
        kind: Kinds::Nothing,
        text: String::new(),
        value: None,
        look: None,
        formula: None,
        numbers: None,
        is_confirmed: None,
        notes: Vec::new(),
        terms: Vec::new(),
        table: None,
        nearest: page.nearest_figure(row, column),
    };
    let (kind, text) = match page.standing(row, column) {
        Standing::Message => (Kinds::Text, page.message.as_str()),
        Standing::Title(text) => (Kinds::Text, text),
        Standing::Heading(text) => (Kinds::Header, text),
        Standing::Header(text) => (Kinds::Header, text),
        Standing::Nothing => (Kinds::Nothing, ""),
        Standing::Cell(block, line, column) => {
            let block = &page.blocks[block];
            let items = &block.lines[line].items;
            explanation.column = block.columns[column].header.clone();
            let texts = items.iter().take(column).filter_map(|item| match item {
                Item::Text(text) | Item::Link { text, .. } => Some(text.trim().to_string()),
                _ => None,
            });
            explanation.labels = texts.collect();
            let figure = match &items[column] {
                Item::Number(figure) => figure,
                item => {
                    explanation.text = text_of(item);
                    explanation.kind =
                        if matches!(item, Item::Blank | Item::Sparkline(_)) { Kinds::Nothing } else { Kinds::Text };
                    return explanation;
                }
            };
            explanation.kind = Kinds::Figure;
            explanation.value = Some(figure.value);
            explanation.look = Some(figure.look);
            explanation.nearest = None;
            let scale = findings.scale_of(page.key, figure.look);
            let value = scale.full(figure.value);
            if let Some((subject, meaning)) = block.shown(line, column) {
                Explainer { findings, sources, value, explanation: &mut explanation }.explain(&subject, meaning);
            } else {
                explanation.table = table_row(findings, page.key, value, figure.look, &explanation.labels);
            }
            if scale != Scale::One {
                let unit = findings.word(&format!("unit.money.{}", scale.key()));
                let arguments = [("unit", unit), ("value", &full(value))];
                explanation.notes.insert(0, findings.lang.say("explain.scaled", &arguments));
            }
            return explanation;
        }
    };
    explanation.kind = kind;
    explanation.text = text.to_string();
    explanation
}

fn text_of(item: &Item) -> String {
    match item {
        Item::Text(text) | Item::Link { text, .. } => text.clone(),
        Item::Day(day) => day.to_string(),
        Item::Source(at) => at.to_string(),
        Item::Status { status, word } => format!("{} {word}", status.symbol()),
        Item::Blank | Item::Number(_) | Item::Sparkline(_) => String::new(),
    }
}

/// Tidy tables of a page.
fn tables_of(page: &str) -> &'static [&'static str] {
    match page {
        "summary" | "attainment" | "person" => &["attainment", "variance"],
        "trend" => &["attainment"],
        "weekly" => &["weekly"],
        "funnel" => &["funnel", "deals", "stages", "stage_flows", "pipeline", "shortfall"],
        "deal_alerts" => &["deal_alerts"],
        "variance" => &["variance", "drivers"],
        "bridge" => &["bridge"],
        "deviations" => &["deviations"],
        "milestones" => &["milestones", "monitoring"],
        "budget" => &["budget", "allocation"],
        "problems" => &["problems"],
        _ => &[],
    }
}

/// The row of a tidy table that has a number and the most of a line's texts; nothing where several have.
fn table_row(findings: &Findings<'_>, page: &str, value: Amount, look: Look, labels: &[String]) -> Option<TableRow> {
    let wanted = tables_of(page);
    let written = match look {
        // Points are fractions in the tables.
        Look::Points => value.times_ten_to(-2),
        _ => value,
    };
    let is_value = |field: &Field| matches!(field, Field::Number(text) if *text == written.plain() || *text == written.plain_ratio());
    let mut best: Option<(usize, TableRow)> = None;
    let mut is_only = true;
    for table in tidy::build(findings).iter().filter(|table| wanted.contains(&table.name)) {
        for (row, fields) in table.rows.iter().enumerate() {
            let Some(column) = fields.iter().position(is_value) else { continue };
            let has = |label: &&String| {
                fields.iter().any(|field| matches!(field, Field::Text(text) if text.eq_ignore_ascii_case(label)))
            };
            let score = labels.iter().filter(has).count();
            let is_better = best.as_ref().is_none_or(|(known, _)| score > *known);
            is_only = if is_better { true } else { is_only && best.as_ref().is_some_and(|(known, _)| score < *known) };
            if is_better {
                let path = format!("tables/{}.csv", table.name);
                best = Some((score, TableRow { path, row: row + 2, column: table.header[column] }));
            }
        }
    }
    best.filter(|(score, _)| is_only && *score > 0).map(|(_, row)| row)
}

/// Decimals beyond which a quotient is shown no further.
const MOST_DECIMALS: u8 = 9;

/// The number with all its decimals; a quotient has no end, and is shown with nine.
pub fn full(value: Amount) -> String {
    let value = value.rounded(MOST_DECIMALS);
    let plain = value.plain();
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    value.grouped(u8::try_from(decimals).unwrap_or(MOST_DECIMALS))
}

fn shown(value: Option<Amount>) -> String {
    value.map_or_else(|| "–".to_string(), full)
}

struct Explainer<'a> {
    findings: &'a Findings<'a>,
    sources: &'a Sources,
    value: Amount,
    explanation: &'a mut Explanation,
}

impl Explainer<'_> {
    fn explain(mut self, subject: &Subject, meaning: Meaning) {
        self.explanation.formula = Some(self.word(&format!("explain.formula.{}", meaning.key())).to_string());
        match subject {
            Subject::Figure { metric, units, period } => self.figure(*metric, units, *period, meaning),
            Subject::Week { metric, first_day } => self.week(*metric, *first_day, meaning),
            // What these are about is said in words.
            Subject::Series { .. } | Subject::Deviation(_) => {}
            Subject::Sold { base, units, period, items, by } => {
                let named = |bridge: &&Bridge| {
                    bridge.base == *base
                        && bridge.period == *period
                        && units.contains(&bridge.unit)
                        && items.binary_search(&bridge.item).is_ok()
                };
                let findings = self.findings;
                let bridges: Vec<&Bridge> = findings.bridges.iter().filter(named).collect();
                self.sold(*base, *period, &bridges, *by, meaning);
            }
        }
    }

    fn word(&self, key: &str) -> &'static str {
        self.findings.lang.word(key)
    }

    fn say(&self, key: &str, arguments: &[(&str, &str)]) -> String {
        self.findings.lang.say(key, arguments)
    }

    fn note(&mut self, note: String) {
        self.explanation.notes.push(note);
    }

    /// The formula with its numbers, and whether it gives the figure.
    fn numbers(&mut self, left: String, result: Option<Amount>) {
        let gap = result.map(|result| small_is_nothing(result - self.value));
        let result = result.map_or(self.value, |result| if gap == Some(Amount::ZERO) { self.value } else { result });
        self.explanation.numbers = Some(format!("{left} = {}", full(result)));
        self.explanation.is_confirmed = gap.map(Amount::is_zero);
    }

    /// A metric, the units and a period in one phrase.
    fn name(&self, code: &str, metric: usize, units: &[Unit], when: &str) -> String {
        let who = match units {
            [unit] => self.findings.unit_name(*unit),
            several => self.say("explain.units", &[("count", &several.len().to_string())]),
        };
        let metric = self.findings.metric_name(metric);
        self.say("explain.term", &[("code", code), ("metric", &metric), ("unit", &who), ("when", when)])
    }

    /// Months in a phrase: what they are, or from which to which.
    fn when(&self, months: &[(Period, bool)]) -> String {
        let Some(((first, _), (last, is_whole))) = months.first().zip(months.last()) else { return String::new() };
        let span = self.findings.facts.calendar.span(*last);
        let as_of = self.findings.facts.scope.as_of;
        let cut = if *is_whole { None } else { self.findings.facts.calendar.as_of_in(*last, as_of) };
        let ends = cut.unwrap_or(span.last);
        let begins = self.findings.facts.calendar.span(*first).first;
        self.say("explain.from_to", &[("first", &begins.to_string()), ("last", &ends.to_string())])
    }

    // --- what was done ---

    /// What was done for a metric that is added up, or is a level.
    fn actual(&self, code: &str, metric: usize, units: &[Unit], months: &[(Period, bool)], filled: bool) -> Term {
        let facts = &self.findings.facts;
        let numbers: BTreeSet<u32> = units.iter().flat_map(|unit| facts.units.seats_of(*unit)).collect();
        let numbers: Vec<u32> = numbers.into_iter().collect();
        let sum = |numbers: &[u32], months: &[(Period, bool)]| self.sum(metric, numbers, months);
        let reported = sum(&numbers, months);
        let is_level = facts.ledger.is_level(metric);
        let when = if is_level {
            let (all, whole): (Vec<Period>, Vec<bool>) = months.iter().copied().unzip();
            let whole = whole.last().copied().unwrap_or(true);
            facts.ledger.days_of_level(metric, &all, whole).map_or(When::Months(Vec::new()), When::LastOf)
        } else {
            When::Months(months.to_vec())
        };
        let counts = self.counting(units, &numbers);
        let cells = self.sources.actuals(facts, &Wanted { metric, when, counts: &counts });
        let mut groups = self.by_members(units, |unit| sum(&facts.units.seats_of(unit), months).value());
        if !is_level && months.len() > 1 {
            let by_months = months.iter().map(|month| {
                let name = self.findings.period_name(month.0);
                (name, sum(&numbers, &[*month]).value())
            });
            groups.extend(group(self.word("explain.by_months"), by_months));
        }
        let mut notes = Vec::new();
        let mut value = reported.value();
        if value.is_none() && filled {
            value = Some(Amount::ZERO);
            notes.push(self.word("explain.nothing_reported").to_string());
        }
        if reported.n_unreadable > 0 {
            notes.push(self.say("note.unreadable", &[("n_cells", &reported.n_unreadable.to_string())]));
        }
        if is_level {
            notes.push(self.word("explain.level").to_string());
        }
        let name = self.name(code, metric, units, &self.when(months));
        Term { name, value, groups, cells: Some(cells), is_sum: true, notes }
    }

    fn sum(&self, metric: usize, numbers: &[u32], months: &[(Period, bool)]) -> Tally {
        let ledger = &self.findings.facts.ledger;
        if ledger.is_level(metric) {
            let (all, whole): (Vec<Period>, Vec<bool>) = months.iter().copied().unzip();
            return ledger.sum(metric, numbers, &all, whole.last().copied().unwrap_or(true));
        }
        months.iter().map(|(month, whole)| ledger.sum(metric, numbers, &[*month], *whole)).sum()
    }

    /// Which readings count for units: those of their seats, of their items, or of them as customers.
    fn counting(&self, units: &[Unit], numbers: &[u32]) -> impl Fn(u32, Option<u32>, Option<u32>) -> bool {
        let numbers: BTreeSet<u32> = numbers.iter().copied().collect();
        let first = units.first().copied();
        move |seat: u32, item: Option<u32>, customer: Option<u32>| match first {
            Some(Unit::Customer(_)) => {
                customer.is_some_and(|customer| numbers.contains(&crate::facts::Units::customer_number(customer)))
            }
            Some(Unit::Product(_) | Unit::Segment(_) | Unit::Item(_)) => {
                item.is_some_and(|item| numbers.contains(&crate::facts::Units::ledger_number(item)))
            }
            _ => numbers.contains(&seat),
        }
    }

    /// A figure by its members: of several units themselves.
    fn by_members(&self, units: &[Unit], value: impl Fn(Unit) -> Option<Amount>) -> Vec<Group> {
        let members = match units {
            [unit] => self.findings.facts.units.children(*unit),
            several => several.to_vec(),
        };
        let whole = if units.len() == 1 { units.first().copied() } else { None };
        let lines = members.into_iter().map(|member| (self.member_name(member, whole), value(member)));
        group(self.word("explain.by_members"), lines).into_iter().collect()
    }

    /// A member's name; of a person's seats, where they are.
    fn member_name(&self, member: Unit, whole: Option<Unit>) -> String {
        let units = &self.findings.facts.units;
        let name = self.findings.unit_name(member);
        match (member, whole) {
            (Unit::Seat(seat), Some(Unit::Person(_))) => {
                let seat = &units.seats()[seat as usize];
                let place = seat.team.map(Unit::Team).or(seat.region.map(Unit::Region));
                place.map_or(name, |place| self.findings.unit_name(place))
            }
            (Unit::Item(item), _) => {
                let parts = units.item_parts(item);
                let names = [parts.product.map(Unit::Product), parts.segment.map(Unit::Segment)];
                let names = names.into_iter().flatten().map(|part| self.findings.unit_name(part));
                names.collect::<Vec<_>>().join(" · ")
            }
            _ => name,
        }
    }

    /// What was done, of a rate its two sums.
    fn actuals(&self, code: &str, metric: usize, units: &[Unit], months: &[(Period, bool)], filled: bool) -> Vec<Term> {
        match self.parts_of_rate(metric) {
            None => vec![self.actual(code, metric, units, months, filled)],
            Some((above, below)) => {
                vec![self.actual(code, above, units, months, filled), self.actual(code, below, units, months, false)]
            }
        }
    }

    fn parts_of_rate(&self, metric: usize) -> Option<(usize, usize)> {
        let metrics = &self.findings.facts.metrics;
        match &metrics[metric].formula {
            Formula::Ratio { numerator, denominator } => metrics.position(numerator).zip(metrics.position(denominator)),
            Formula::Sum | Formula::Last => None,
        }
    }

    // --- what was planned ---

    fn target(&self, metric: usize, units: &[Unit], periods: &[Period], answer: Answer, is_budget: bool) -> Term {
        let facts = &self.findings.facts;
        let plans = if is_budget { &facts.budgeted } else { &facts.plans };
        let is_rate = facts.metrics[metric].formula.is_rate();
        let value_of = |unit: Unit, period: Period| plans.get(metric, unit, period).of(answer);
        let all = || units.iter().flat_map(|unit| periods.iter().map(move |period| (*unit, *period)));
        let values: Vec<Amount> = all().filter_map(|(unit, period)| value_of(unit, period)).collect();
        let value = (!values.is_empty()).then(|| values.iter().copied().sum());
        let mut cells = Vec::new();
        for (unit, period) in all() {
            cells.extend(self.sources.targets(facts, (metric, unit, period), answer, is_budget));
        }
        let origins = self.sources.origins(facts, is_budget);
        // A unit with one member is that member.
        let basis_of = |unit: Unit, period: Period| {
            let mut basis = origins.basis(metric, unit, period, answer);
            while let Basis::Members(members) = &basis
                && let [only] = members[..]
            {
                basis = origins.basis(metric, only, period, answer);
            }
            basis
        };
        let mut groups = Vec::new();
        let mut notes = Vec::new();
        match (units, periods) {
            ([unit], [period]) => match basis_of(*unit, *period) {
                Basis::Typed => notes.push(self.word("explain.typed").to_string()),
                Basis::Parts(parts) => {
                    let lines = parts.iter().map(|part| (self.findings.period_name(*part), value_of(*unit, *part)));
                    groups.extend(group(self.word("head.period"), lines));
                }
                Basis::Members(_) => groups = self.by_members(units, |member| value_of(member, *period)),
            },
            ([unit], several) => {
                let lines = several.iter().map(|period| (self.findings.period_name(*period), value_of(*unit, *period)));
                groups.extend(group(self.word("head.period"), lines));
            }
            (several, [period]) => groups = self.by_members(several, |member| value_of(member, *period)),
            _ => {}
        }
        if is_rate {
            groups.clear();
            notes.push(self.word("explain.typed_rates").to_string());
        }
        let code = match (answer, is_budget) {
            (_, true) => self.word("head.budget").to_string(),
            (Answer::Full, _) => self.word("head.period_target").to_string(),
            (Answer::Begun, _) => self.word("head.pl").to_string(),
            (Answer::Due, _) => self.word("explain.due").to_string(),
        };
        let when = match periods {
            [only] => self.findings.period_words(*only),
            several => self.when(&several.iter().map(|period| (*period, true)).collect::<Vec<_>>()),
        };
        let name = self.name(&code, metric, units, &when);
        Term { name, value, groups, cells: Some(cells), is_sum: !is_rate, notes }
    }

    // --- attainment and variance ---

    fn figure(&mut self, metric: usize, units: &[Unit], period: Period, meaning: Meaning) {
        let findings = self.findings;
        let facts = &findings.facts;
        let is_it = |figure: &&Attainment| figure.metric == metric && figure.period == period && units == [figure.unit];
        let figure = findings.attainment.iter().find(is_it);
        let is_rate = self.parts_of_rate(metric).is_some();
        let months: Vec<(Period, bool)> =
            facts.calendar.months(period).into_iter().map(|month| (month, true)).collect();
        let filled = figure.is_some_and(|figure| figure.actual.value().is_some());
        let (ac, pl, py, bu) = (self.word("head.ac"), Answer::Begun, self.word("head.py"), true);
        let before = months_before(facts, period);
        // Terms are asked for only where the formula has them.
        let actuals = |this: &Self| this.actuals(ac, metric, units, &months, filled);
        let priors = |this: &Self| this.actuals(py, metric, units, &before, false);
        let target = |this: &Self, answer| this.target(metric, units, &[period], answer, false);
        let value_of = |terms: &[Term]| match terms {
            [above, below] => above.value.zip(below.value).and_then(|(above, below)| above.ratio_to(below)),
            terms => terms.first().and_then(|term| term.value),
        };
        let difference = |a: Option<Amount>, b: Option<Amount>| a.zip(b).map(|(a, b)| a - b);
        match meaning {
            Meaning::Actual | Meaning::PriorYear => {
                let terms = if meaning == Meaning::Actual { actuals(self) } else { priors(self) };
                let left = terms.iter().map(|term| shown(term.value)).collect::<Vec<_>>().join(" ÷ ");
                if is_rate {
                    self.numbers(left, value_of(&terms));
                    self.explanation.formula = Some(self.word("explain.formula.rate").to_string());
                } else {
                    self.explanation.is_confirmed = value_of(&terms).map(|value| value == self.value);
                }
                self.explanation.terms = terms;
            }
            Meaning::Target | Meaning::PeriodTarget | Meaning::Budget => {
                let answer = if meaning == Meaning::PeriodTarget { Answer::Full } else { pl };
                let term = self.target(metric, units, &[period], answer, meaning == Meaning::Budget);
                self.explanation.is_confirmed = term.value.map(|value| value == self.value);
                self.explanation.terms = vec![term];
            }
            Meaning::Forecast => self.forecast(figure, actuals(self), &before, metric, units),
            Meaning::Attainment | Meaning::PeriodAttainment => {
                let terms = actuals(self);
                let answer = if meaning == Meaning::Attainment { pl } else { Answer::Full };
                let target = target(self, answer);
                let (done, planned) = (value_of(&terms), target.value);
                let negative = facts.rules.negative_target;
                let ratio = done
                    .zip(planned)
                    .and_then(|(done, planned)| crate::analysis::attainment::ratio(done, planned, negative));
                let quotient = format!("{} ÷ {}", shown(done), shown(planned));
                let is_negative = planned.is_some_and(Amount::is_negative);
                self.numbers(if is_negative { format!("2 − {quotient}") } else { quotient }, ratio);
                self.explanation.terms = terms;
                self.explanation.terms.push(target);
            }
            Meaning::Pace => {
                let (due, target) = (target(self, Answer::Due), target(self, pl));
                let ratio = due.value.zip(target.value).and_then(|(due, target)| due.ratio_to(target));
                self.numbers(format!("{} ÷ {}", shown(due.value), shown(target.value)), ratio);
                self.explanation.terms = vec![due, target];
            }
            Meaning::Lead => self.lead(figure, actuals(self), target(self, Answer::Due), target(self, pl)),
            Meaning::Delta | Meaning::DeltaPercent => {
                let (terms, target) = (actuals(self), target(self, pl));
                self.delta(value_of(&terms), target.value, meaning == Meaning::DeltaPercent, is_rate);
                self.explanation.terms = terms;
                self.explanation.terms.push(target);
            }
            Meaning::DeltaBudget | Meaning::DeltaBudgetPercent => {
                let terms = actuals(self);
                let target = self.target(metric, units, &[period], pl, bu);
                self.delta(value_of(&terms), target.value, meaning == Meaning::DeltaBudgetPercent, is_rate);
                self.explanation.terms = terms;
                self.explanation.terms.push(target);
            }
            Meaning::DeltaPriorYear | Meaning::DeltaPriorYearPercent => {
                let (terms, prior) = (actuals(self), priors(self));
                let (done, base) = (value_of(&terms), value_of(&prior));
                // Offerings that were bought in one of the two years only: nothing is zero there.
                let is_offering = figure.is_none();
                let or_zero = |value: Option<Amount>| value.or(is_offering.then_some(Amount::ZERO));
                let is_percent = meaning == Meaning::DeltaPriorYearPercent && !is_rate;
                self.delta(or_zero(done), or_zero(base), is_percent, is_rate);
                self.explanation.terms = terms;
                self.explanation.terms.extend(prior);
            }
            Meaning::YearToDate => {
                let periods = self.year_to_date(period);
                let months: Vec<(Period, bool)> = periods
                    .iter()
                    .flat_map(|period| facts.calendar.months(*period))
                    .map(|month| (month, true))
                    .collect();
                let done = self.actuals(ac, metric, units, &months, true);
                let planned = self.target(metric, units, &periods, pl, false);
                let ratio = value_of(&done).zip(planned.value).and_then(|(done, planned)| {
                    crate::analysis::attainment::ratio(done, planned, facts.rules.negative_target)
                });
                self.numbers(format!("{} ÷ {}", shown(value_of(&done)), shown(planned.value)), ratio);
                self.explanation.terms = done;
                self.explanation.terms.push(planned);
            }
            Meaning::Required => {
                let (terms, target) = (actuals(self), target(self, Answer::Full));
                let days = figure.map_or(0, |figure| figure.elapsed.days_left);
                let missing = difference(target.value, value_of(&terms));
                let left = format!("({} − {}) ÷ {days}", shown(target.value), shown(value_of(&terms)));
                self.numbers(left, missing.and_then(|missing| missing.ratio_to(Amount::whole(days))));
                self.explanation.terms = terms;
                self.explanation.terms.push(target);
            }
            Meaning::NewCustomers => {
                let terms = self.beside(&["new_customers"], units, period, &months);
                self.explanation.is_confirmed = value_of(&terms).map(|value| value == self.value);
                self.explanation.terms = terms;
            }
            Meaning::CollectionRate => {
                let terms = self.beside(&["payment", "sales_amount"], units, period, &months);
                let left = terms.iter().map(|term| shown(term.value)).collect::<Vec<_>>().join(" ÷ ");
                self.numbers(left, value_of(&terms));
                self.explanation.terms = terms;
            }
            Meaning::Contribution | Meaning::Cumulative => {
                self.contribution(metric, units, period, meaning == Meaning::Cumulative);
                if meaning == Meaning::Contribution {
                    let base = self.base_of(metric, units, period);
                    self.explanation.terms.extend(actuals(self));
                    if base == Base::Plan {
                        self.explanation.terms.push(target(self, pl));
                    } else {
                        self.explanation.terms.extend(priors(self));
                    }
                }
            }
            _ => {}
        }
    }

    /// What was done for other metrics than the line's.
    fn beside(&self, metrics: &[&str], units: &[Unit], period: Period, months: &[(Period, bool)]) -> Vec<Term> {
        let findings = self.findings;
        let metrics = metrics.iter().filter_map(|key| findings.facts.metrics.position(key));
        let term = |metric: usize| {
            let is_it =
                |figure: &&Attainment| (figure.metric, figure.period) == (metric, period) && units == [figure.unit];
            let figure = findings.attainment.iter().find(is_it);
            let filled = figure.is_some_and(|figure| figure.actual.value().is_some());
            self.actual(self.word("head.ac"), metric, units, months, filled)
        };
        metrics.map(term).collect()
    }

    /// Actual − base, or that ÷ |base|; of a rate in points.
    fn delta(&mut self, done: Option<Amount>, base: Option<Amount>, is_percent: bool, is_rate: bool) {
        let difference = done.zip(base).map(|(done, base)| done - base);
        let text = format!("{} − {}", shown(done), shown(base));
        match (is_rate, is_percent) {
            (true, _) => {
                let result = difference.map(|value| value * Amount::whole(100));
                // Some columns hold fractions where others hold points: both are the same difference.
                let is_fraction = result.is_some_and(|result| result != self.value) && difference == Some(self.value);
                if is_fraction {
                    self.numbers(text, difference);
                } else {
                    self.numbers(format!("({text}) × 100"), result);
                }
            }
            (false, false) => self.numbers(text, difference),
            (false, true) => {
                let ratio = difference.zip(base).and_then(|(difference, base)| difference.ratio_to(base.abs()));
                self.numbers(format!("({text}) ÷ |{}|", shown(base)), ratio);
            }
        }
    }

    fn lead(&mut self, figure: Option<&Attainment>, terms: Vec<Term>, due: Term, target: Term) {
        let Some(figure) = figure else { return };
        let due_value = if figure.accumulates() { due.value } else { target.value };
        let done = figure.planned_actual;
        let mut left = format!("({} − {}) ÷ |{}| × 100", shown(done), shown(due_value), shown(target.value));
        let lead = done.zip(due_value).zip(target.value).and_then(|((done, due), target)| {
            (done - due).ratio_to(target.abs()).map(|lead| lead * Amount::whole(100))
        });
        let is_turned = figure.polarity == crate::metric::Polarity::LowerBetter;
        if is_turned {
            left = format!("−{left}");
        }
        self.numbers(left, if is_turned { lead.map(|lead| -lead) } else { lead });
        if done != figure.actual.value() {
            self.note(self.say("explain.planned_months", &[("value", &shown(done))]));
        }
        self.explanation.terms = terms;
        if figure.accumulates() {
            self.explanation.terms.push(due);
        }
        self.explanation.terms.push(target);
    }

    fn forecast(
        &mut self,
        figure: Option<&Attainment>,
        terms: Vec<Term>,
        before: &[(Period, bool)],
        metric: usize,
        units: &[Unit],
    ) {
        let Some((figure, forecast)) = figure.and_then(|figure| Some((figure, figure.forecast?))) else { return };
        self.explanation.formula = Some(self.word(&format!("explain.forecast.{}", forecast.method.key())).to_string());
        let done = terms.first().and_then(|term| term.value);
        self.explanation.terms = terms;
        if let Some(error) = forecast.error {
            let percent = format!("{}%", (error * Amount::whole(100)).grouped(1));
            self.note(self.say("explain.forecast_error", &[("error", &percent)]));
        }
        if let Some((low, high)) = forecast.interval {
            self.note(self.say("explain.forecast_interval", &[("low", &full(low)), ("high", &full(high))]));
        }
        let elapsed = figure.elapsed;
        if forecast.method == Method::RunRate {
            let result =
                done.and_then(|done| (done * Amount::whole(elapsed.all)).ratio_to(Amount::whole(elapsed.passed)));
            self.numbers(format!("{} × {} ÷ {}", shown(done), elapsed.all, elapsed.passed), result);
            return;
        }
        let to_come = done.map(|done| self.value - done);
        self.numbers(format!("{} + {}", shown(done), shown(to_come)), None);
        // The months of a year earlier that stand for those to come, as they were.
        let facts = &self.findings.facts;
        let passed: Vec<Period> = before.iter().filter(|(_, is_over)| *is_over).map(|(month, _)| *month).collect();
        let ahead = facts.calendar.months(facts.calendar.year_before(figure.period));
        let ahead: Vec<(Period, bool)> =
            ahead.into_iter().filter(|month| !passed.contains(month)).map(|month| (month, true)).collect();
        if !ahead.is_empty() {
            self.explanation.terms.push(self.actual(self.word("head.py"), metric, units, &ahead, false));
        }
    }

    /// Periods of the same kind from the start of the fiscal year to one.
    fn year_to_date(&self, period: Period) -> Vec<Period> {
        let calendar = &self.findings.facts.calendar;
        let year = calendar.containing(Kind::Year, calendar.span(period).first);
        let last = calendar.span(period).last;
        let of_year = match period.kind {
            Kind::Month => calendar.months(year),
            _ => calendar.parts(year),
        };
        of_year.into_iter().filter(|part| calendar.span(*part).last <= last).collect()
    }

    /// What a line of the variance page is compared with.
    fn base_of(&self, metric: usize, units: &[Unit], period: Period) -> Base {
        let is_plan = |variance: &Variance| {
            variance.metric == metric
                && variance.period == period
                && units.contains(&variance.unit)
                && variance.base == Base::Plan
        };
        if self.findings.variances.iter().any(is_plan) { Base::Plan } else { Base::PriorYear }
    }

    fn contribution(&mut self, metric: usize, units: &[Unit], period: Period, is_cumulative: bool) {
        let base = self.base_of(metric, units, period);
        let Some(level) = units.first().map(|unit| unit.level()) else { return };
        let is_member = |variance: &&Variance| {
            variance.metric == metric
                && variance.period == period
                && variance.base == base
                && variance.unit.level() == level
        };
        let mut members: Vec<&Variance> = self.findings.variances.iter().filter(is_member).collect();
        members.sort_by_key(|variance| (std::cmp::Reverse(variance.amount.abs()), variance.unit));
        let all: Amount = members.iter().map(|variance| variance.amount.abs()).sum();
        let by = self.findings.level_name(units[0]);
        if is_cumulative {
            let until = members.iter().position(|variance| units.contains(&variance.unit)).map_or(0, |last| last + 1);
            let line =
                |variance: &&Variance| (self.findings.unit_name(variance.unit), variance.contribution.map(Amount::abs));
            let lines: Vec<(String, Option<Amount>)> = members[..until].iter().map(line).collect();
            let result = lines.iter().filter_map(|(_, value)| *value).sum();
            let left = lines.iter().map(|(_, value)| shown(*value)).collect::<Vec<_>>().join(" + ");
            let groups = group(by, lines.into_iter()).into_iter().collect();
            self.numbers(left, Some(result));
            let name = self.word("head.cumulative").to_string();
            let term = Term { name, value: Some(self.value), groups, cells: None, is_sum: false, notes: Vec::new() };
            self.explanation.terms.push(term);
            return;
        }
        let own = members.iter().filter(|variance| units.contains(&variance.unit)).map(|variance| variance.amount);
        let own: Amount = own.sum();
        self.numbers(format!("{} ÷ {}", full(own), full(all)), own.ratio_to(all));
        let lines =
            members.iter().map(|variance| (self.findings.unit_name(variance.unit), Some(variance.amount.abs())));
        let groups = group(by, lines).into_iter().collect();
        let name = self.word("explain.all_differences").to_string();
        let term = Term { name, value: Some(all), groups, cells: None, is_sum: false, notes: Vec::new() };
        self.explanation.terms.push(term);
    }

    // --- weeks ---

    fn week(&mut self, metric: usize, first_day: NaiveDate, meaning: Meaning) {
        let findings = self.findings;
        let Some(focus) = findings.focus else { return };
        let span = findings.facts.calendar.span(focus);
        let weeks: Vec<_> = findings
            .weeks
            .iter()
            .filter(|week| week.metric == metric && week.unit == Unit::Company && week.first_day <= first_day)
            .filter(|week| span.overlap(&Span { first: week.first_day, last: week.last_day() }).is_some())
            .collect();
        let Some(week) = weeks.last().copied() else { return };
        let this: Vec<_> = vec![week];
        let full_target = findings.facts.plans.get(metric, Unit::Company, focus).full.value();
        let days_of = |first: NaiveDate, last: NaiveDate| {
            self.say("explain.from_to", &[("first", &first.to_string()), ("last", &last.to_string())])
        };
        let done = |weeks: &[&crate::analysis::weekly::WeekFigure]| -> Term {
            let all: Vec<NaiveDate> = weeks.iter().map(|week| week.first_day).collect();
            let numbers = findings.facts.units.seats_of(Unit::Company);
            let counts = self.counting(&[Unit::Company], &numbers);
            let cells =
                self.sources.actuals(findings.facts, &Wanted { metric, when: When::Weeks(all), counts: &counts });
            let value: Amount = weeks.iter().filter_map(|week| week.actual.value()).sum();
            let lines = weeks.iter().map(|week| {
                (findings.facts.calendar.containing(Kind::Week, week.first_day).to_string(), week.actual.value())
            });
            let mut groups: Vec<Group> = group(self.word("head.week"), lines).into_iter().collect();
            if let [week] = weeks {
                let of_unit = |unit: Unit| {
                    findings.facts.ledger.week(metric, &findings.facts.units.seats_of(unit), week.first_day).value()
                };
                groups = self.by_members(&[Unit::Company], of_unit);
            }
            let when = days_of(weeks[0].first_day, week.last_day());
            let name = self.name(self.word("head.ac"), metric, &[Unit::Company], &when);
            Term { name, value: Some(value), groups, cells: Some(cells), is_sum: true, notes: Vec::new() }
        };
        let planned = |weeks: &[&crate::analysis::weekly::WeekFigure]| -> Vec<Term> {
            let lines = weeks
                .iter()
                .map(|week| (findings.facts.calendar.containing(Kind::Week, week.first_day).to_string(), week.target));
            let value = weeks.iter().map(|week| week.target).sum::<Option<Amount>>();
            let groups = group(self.word("head.week"), lines).into_iter().collect();
            let when = days_of(weeks[0].first_day, week.last_day());
            let name = self.name(self.word("head.pl"), metric, &[Unit::Company], &when);
            let parts = self.month_parts(metric, weeks);
            let notes = parts.iter().map(|(note, _)| note.clone()).collect();
            let mut months: Vec<Period> = parts.iter().map(|(_, month)| *month).collect();
            months.sort();
            months.dedup();
            let mut terms = vec![Term { name, value, groups, cells: None, is_sum: true, notes }];
            let of_month = |month| self.target(metric, &[Unit::Company], &[month], Answer::Full, false);
            terms.extend(months.into_iter().map(of_month));
            terms
        };
        let negative = findings.facts.rules.negative_target;
        let ratio = |done: Option<Amount>, planned: Option<Amount>| {
            crate::analysis::attainment::ratio(done?, planned?, negative)
        };
        let (weeks, is_running) = match meaning {
            Meaning::TargetAddedUp | Meaning::ActualAddedUp | Meaning::AttainmentAddedUp => {
                (weeks[super::weekly::first_planned(&weeks)..].to_vec(), true)
            }
            Meaning::NeededPerWeek => (weeks, true),
            _ => (this, false),
        };
        let mut terms = Vec::new();
        match meaning {
            Meaning::Actual | Meaning::ActualAddedUp => {
                let term = done(&weeks);
                self.explanation.is_confirmed = term.value.map(|value| value == self.value);
                if is_running {
                    self.explanation.formula = Some(self.word("explain.formula.actual_added_up").to_string());
                } else {
                    self.explanation.formula = Some(self.word("explain.formula.week_actual").to_string());
                }
                terms.push(term);
            }
            Meaning::Target | Meaning::TargetAddedUp => {
                terms = planned(&weeks);
                self.explanation.is_confirmed =
                    terms[0].value.map(|value| small_is_nothing(value - self.value).is_zero());
                if !is_running {
                    self.explanation.formula = Some(self.word("explain.formula.week_target").to_string());
                }
            }
            Meaning::Delta | Meaning::Attainment | Meaning::AttainmentAddedUp => {
                let (of_actual, of_target) = (done(&weeks), planned(&weeks));
                let (actual, target) = (of_actual.value, of_target[0].value);
                if meaning == Meaning::Delta {
                    let difference = actual.zip(target).map(|(actual, target)| actual - target);
                    self.numbers(format!("{} − {}", shown(actual), shown(target)), difference);
                } else {
                    self.numbers(format!("{} ÷ {}", shown(actual), shown(target)), ratio(actual, target));
                }
                terms.push(of_actual);
                terms.extend(of_target);
            }
            Meaning::NeededPerWeek => {
                let of_actual = done(&weeks);
                let target = self.target(metric, &[Unit::Company], &[focus], Answer::Full, false);
                let n_weeks = super::weekly::weeks_left(week.last_day(), span);
                let left = full_target.zip(of_actual.value).map(|(target, actual)| target - actual);
                self.numbers(
                    format!("({} − {}) ÷ {n_weeks}", shown(full_target), shown(of_actual.value)),
                    left.and_then(|left| left.ratio_to(Amount::whole(n_weeks))),
                );
                terms = vec![of_actual, target];
            }
            _ => {}
        }
        self.explanation.terms = terms;
    }

    /// What each month gives to weeks, by work days, and the months.
    fn month_parts(&self, metric: usize, weeks: &[&crate::analysis::weekly::WeekFigure]) -> Vec<(String, Period)> {
        let calendar = &self.findings.facts.calendar;
        let mut parts = Vec::new();
        for week in weeks {
            let days = Span { first: week.first_day, last: week.last_day() };
            let mut months = [days.first, days.last].map(|day| calendar.containing(Kind::Month, day)).to_vec();
            months.dedup();
            for month in months {
                let of_month = calendar.span(month);
                let Some(here) = of_month.overlap(&days) else { continue };
                let target = self.findings.facts.plans.get(metric, Unit::Company, month).full.value();
                let (here, all) = (calendar.work_days.count(here), calendar.work_days.count(of_month));
                let part = target.and_then(|target| (target * Amount::whole(here)).ratio_to(Amount::whole(all)));
                let note = self.say(
                    "explain.week_part",
                    &[
                        ("week", &calendar.containing(Kind::Week, week.first_day).to_string()),
                        ("month", &month.to_string()),
                        ("target", &shown(target)),
                        ("here", &here.to_string()),
                        ("all", &all.to_string()),
                        ("part", &shown(part)),
                    ],
                );
                parts.push((note, month));
            }
        }
        parts
    }

    // --- price, volume and mix ---

    fn sold(&mut self, base: Base, period: Period, bridges: &[&Bridge], by: SoldBy, meaning: Meaning) {
        let metrics = &self.findings.facts.metrics;
        let (Some(revenue), Some(quantity)) = (metrics.position("sales_amount"), metrics.position("units")) else {
            return;
        };
        if bridges.is_empty() {
            return;
        }
        let mut sum = (Sold::default(), Sold::default(), Effects::default());
        for bridge in bridges {
            for (total, sold) in [(&mut sum.0, &bridge.before), (&mut sum.1, &bridge.now)] {
                total.quantity += sold.quantity;
                total.revenue += sold.revenue;
            }
            sum.2.add(&bridge.effects);
        }
        let (before, now, effects) = sum;
        let quantity_before = |this: &Self| this.sold_term(base, period, bridges, by, (quantity, true));
        let quantity_now = |this: &Self| this.sold_term(base, period, bridges, by, (quantity, false));
        let value_before = |this: &Self| this.sold_term(base, period, bridges, by, (revenue, true));
        let value_now = |this: &Self| this.sold_term(base, period, bridges, by, (revenue, false));
        let effect_of = |effects: &Effects| match meaning {
            Meaning::Volume => effects.volume,
            Meaning::Mix => effects.mix,
            Meaning::Price => effects.price,
            Meaning::New => effects.new,
            Meaning::Lost => effects.lost,
            Meaning::Other => effects.other,
            _ => effects.total(),
        };
        match meaning {
            Meaning::QuantityBefore | Meaning::QuantityNow | Meaning::ValueBefore | Meaning::ValueNow => {
                self.explanation.terms = match meaning {
                    Meaning::QuantityBefore => quantity_before(self),
                    Meaning::QuantityNow => quantity_now(self),
                    Meaning::ValueBefore => value_before(self),
                    _ => value_now(self),
                };
                let sum: Amount = self.explanation.terms.iter().filter_map(|term| term.value).sum();
                self.explanation.is_confirmed = Some(sum == self.value);
            }
            Meaning::PriceBefore | Meaning::PriceNow => {
                let is_before = meaning == Meaning::PriceBefore;
                let sold = if is_before { before } else { now };
                let (value, count) = (sold.revenue.value(), sold.quantity.value());
                self.numbers(format!("{} ÷ {}", shown(value), shown(count)), sold.price());
                self.explanation.terms = if is_before { value_before(self) } else { value_now(self) };
                self.explanation.terms.extend(if is_before { quantity_before(self) } else { quantity_now(self) });
            }
            Meaning::Check => {
                let (first, last) = (before.revenue.value(), now.revenue.value());
                let left = format!("{} − {} − {}", shown(last), shown(first), full(effects.total()));
                let zero = Some(Amount::ZERO);
                let difference = last.or(zero).zip(first.or(zero)).map(|(last, first)| last - first - effects.total());
                self.numbers(left, difference.map(|gap| gap.rounded(2)));
            }
            _ => {
                if let ([bridge], true) = (bridges, meaning != Meaning::Difference) {
                    self.effect(bridge, meaning);
                } else if meaning == Meaning::Difference {
                    let (first, last) = (before.revenue.value(), now.revenue.value());
                    let zero = Some(Amount::ZERO);
                    let difference = last.or(zero).zip(first.or(zero)).map(|(last, first)| last - first);
                    self.numbers(format!("{} − {}", shown(last), shown(first)), difference);
                }
                let groups = self.by_sold(bridges, by, |bridge| Some(effect_of(&bridge.effects)));
                if !groups.is_empty() {
                    let name = self.explanation.column.clone();
                    let value = Some(effect_of(&effects));
                    let term = Term { name, value, groups, cells: None, is_sum: true, notes: Vec::new() };
                    self.explanation.is_confirmed = Some(value == Some(self.value));
                    self.explanation.terms.push(term);
                }
                for terms in [value_before(self), value_now(self), quantity_before(self), quantity_now(self)] {
                    self.explanation.terms.extend(terms);
                }
            }
        }
    }

    /// An item's effect with its numbers.
    fn effect(&mut self, bridge: &Bridge, meaning: Meaning) {
        let of = |sold: &Sold| (sold.quantity.value(), sold.revenue.value(), sold.price());
        let ((q0, v0, p0), (q1, v1, p1)) = (of(&bridge.before), of(&bridge.now));
        let is_pair = |other: &&Bridge| {
            (other.base, other.unit, other.period) == (bridge.base, bridge.unit, bridge.period)
                && other.before.price().is_some_and(|price| !price.is_zero())
                && other.now.price().is_some_and(|price| !price.is_zero())
        };
        let pairs: Vec<&Bridge> = self.findings.bridges.iter().filter(is_pair).collect();
        let quantity = |sold: &Sold| sold.quantity.value().unwrap_or(Amount::ZERO);
        let before: Amount = pairs.iter().map(|bridge| quantity(&bridge.before)).sum();
        let now: Amount = pairs.iter().map(|bridge| quantity(&bridge.now)).sum();
        let growth = now.ratio_to(before);
        let has_mix = !bridge.effects.mix.is_zero();
        let text = match meaning {
            Meaning::Volume if has_mix => {
                self.note(self.say(
                    "explain.growth",
                    &[("now", &full(now)), ("before", &full(before)), ("growth", &shown(growth))],
                ));
                format!("{} × ({} − 1) × {}", shown(q0), shown(growth), shown(p0))
            }
            Meaning::Volume => format!("({} − {}) × {}", shown(q1), shown(q0), shown(p0)),
            Meaning::Mix => format!("({} − {} × {}) × {}", shown(q1), shown(q0), shown(growth), shown(p0)),
            Meaning::Price => format!("({} − {}) × {}", shown(p1), shown(p0), shown(q1)),
            Meaning::New => shown(v1),
            Meaning::Lost => format!("−{}", shown(v0)),
            _ => format!("{} − {}", shown(v1), shown(v0)),
        };
        self.numbers(text, None);
    }

    /// Revenue or quantity of items, before or now, with its cells.
    fn sold_term(
        &self,
        base: Base,
        period: Period,
        bridges: &[&Bridge],
        by: SoldBy,
        (metric, is_before): (usize, bool),
    ) -> Vec<Term> {
        let facts = self.findings.facts;
        let is_revenue = facts.metrics[metric].key == "sales_amount";
        let pick = |bridge: &Bridge| {
            let sold = if is_before { bridge.before } else { bridge.now };
            if is_revenue { sold.revenue.value() } else { sold.quantity.value() }
        };
        let value = bridges.iter().filter_map(|bridge| pick(bridge)).reduce(|a, b| a + b);
        let groups = self.by_sold(bridges, by, pick);
        let units: Vec<Unit> = {
            let mut units: Vec<Unit> = bridges.iter().map(|bridge| bridge.unit).collect();
            units.dedup();
            units
        };
        let items: BTreeSet<Option<Unit>> = bridges.iter().map(|bridge| bridge.item).collect();
        let what = match items.iter().collect::<Vec<_>>()[..] {
            [Some(item)] => self.findings.unit_name(*item),
            [None] => self.word("word.unassigned").to_string(),
            ref several => self.say("explain.items", &[("count", &several.len().to_string())]),
        };
        let code = if is_before { base.code() } else { self.word("head.ac") };
        let name = |when: &str| format!("{} · {what}", self.name(code, metric, &units, when));
        if is_before && base == Base::Plan {
            let named: Vec<Unit> = items.iter().flatten().copied().collect();
            let whole = self.findings.period_words(period);
            let mut terms = Vec::new();
            if !named.is_empty() {
                let term = self.target(metric, &named, &[period], Answer::Begun, false);
                terms.push(Term { name: name(&whole), groups, ..term });
            }
            // What is planned beyond the items is of none of them.
            if items.contains(&None) && is_revenue {
                let rest = bridges.iter().filter(|bridge| bridge.item.is_none()).filter_map(|bridge| pick(bridge));
                let rest = rest.reduce(|a, b| a + b);
                let target = self.target(metric, &[Unit::Company], &[period], Answer::Begun, false);
                let notes = vec![self.word("explain.beyond_items").to_string()];
                let name = format!("{} · {}", self.name(code, metric, &units, &whole), self.word("word.unassigned"));
                if let [term] = &mut terms[..] {
                    term.groups.clear();
                }
                terms.push(Term { name, value: rest, groups: Vec::new(), cells: None, is_sum: true, notes });
                if named.is_empty() {
                    terms.push(Term { is_sum: true, ..target });
                }
            }
            return terms;
        }
        let months = if is_before {
            months_before(facts, period)
        } else {
            facts.calendar.months(period).into_iter().map(|month| (month, true)).collect()
        };
        let by_products = facts.units.offerings().iter().any(|unit| matches!(unit, Unit::Product(_)));
        let seats: BTreeSet<u32> = units.iter().flat_map(|unit| facts.units.seats_of(*unit)).collect();
        let counts = |seat: u32, item: Option<u32>, _: Option<u32>| {
            let item = item.and_then(|item| {
                let parts = facts.units.item_parts(item);
                if by_products { parts.product.map(Unit::Product) } else { parts.segment.map(Unit::Segment) }
            });
            seats.contains(&seat) && items.contains(&item)
        };
        let when = self.when(&months);
        let cells = self.sources.actuals(facts, &Wanted { metric, when: When::Months(months), counts: &counts });
        vec![Term { name: name(&when), value, groups, cells: Some(cells), is_sum: true, notes: Vec::new() }]
    }

    /// A figure of several bridges by item, or by region.
    fn by_sold(&self, bridges: &[&Bridge], by: SoldBy, value: impl Fn(&Bridge) -> Option<Amount>) -> Vec<Group> {
        let has_regions = bridges.iter().any(|bridge| bridge.unit != bridges[0].unit);
        let lines: Vec<(String, Option<Amount>)> = if by == SoldBy::Regions && has_regions {
            let of_region = |of_region: &[&Bridge]| {
                let sum = of_region.iter().filter_map(|bridge| value(bridge)).reduce(|a, b| a + b);
                (self.findings.unit_name(of_region[0].unit), sum)
            };
            bridges.chunk_by(|a, b| a.unit == b.unit).map(of_region).collect()
        } else {
            let name = |bridge: &Bridge| {
                bridge
                    .item
                    .map_or_else(|| self.word("word.unassigned").to_string(), |item| self.findings.unit_name(item))
            };
            bridges.iter().map(|bridge| (name(bridge), value(bridge))).collect()
        };
        let by = self.word(if by == SoldBy::Regions && has_regions { "level.region" } else { "head.item" });
        group(by, lines.into_iter()).into_iter().collect()
    }
}

/// Lines that have a value, if there are several.
fn group(by: &str, lines: impl Iterator<Item = (String, Option<Amount>)>) -> Option<Group> {
    let lines: Vec<(String, Amount)> = lines.filter_map(|(name, value)| Some((name, value?))).collect();
    (lines.len() > 1).then(|| Group { by: by.to_string(), lines })
}
