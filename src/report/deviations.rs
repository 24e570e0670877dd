//! Deviations: the living register. What is off today, what was off before, and what people wrote about it.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};

use crate::analysis::bridge::Effects;
use crate::analysis::deviations::{Cause, Deviation, Rule, Subject, When};
use crate::analysis::drivers::{Member, Path};
use crate::analysis::pacing::Status;
use crate::cell::{CellRef, OwnedValue, date_from_serial};
use crate::facts::Unit;
use crate::facts::readers::Split;
use crate::facts::roster::Found;
use crate::measure::{Amount, Number};
use crate::metric::Formula;
use crate::period::{Kind as PeriodKind, Period, Span};
use crate::tables::actuals::PersonName;
use crate::tables::register::{Entry, INPUTS, OURS};

use crate::text::{wordings, wordings_below};

use super::scale::Scale;
use super::subject::{self, Meaning};
use super::{Block, Column, Findings, Item, Line, LineRole, Look, Page, Tone};

/// How a line of the register stands to the one before.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum State {
    New,
    Repeated,
    /// In the earlier register, and not off any more.
    Closed,
    /// Added by hand.
    Added,
}

impl State {
    pub const ALL: [State; 4] = [State::New, State::Repeated, State::Closed, State::Added];

    pub fn key(self) -> &'static str {
        match self {
            State::New => "new",
            State::Repeated => "repeated",
            State::Closed => "closed",
            State::Added => "added",
        }
    }
}

/// One line: a deviation of today, an entry of the earlier register, or both.
pub struct RegisterLine<'a> {
    /// Nothing for a line that people added.
    pub id: Option<String>,
    pub state: State,
    pub first_seen: Option<NaiveDate>,
    pub deviation: Option<&'a Deviation>,
    pub entry: Option<&'a Entry>,
    pub owner: Option<String>,
    /// Days since the action was due, where it is not done.
    pub overdue_days: Option<i64>,
}

/// Between a rule and what else is said of it.
const RULE_SEPARATOR: &str = " · ";
const CATEGORIES: [&str; 7] = ["market", "customer", "product", "price", "people", "process", "data"];
const STATUSES: [&str; 5] = ["not_started", "in_progress", "done", "delayed", "closed"];

/// Every line: deviations by severity, then what is closed, then what people added.
pub fn register<'a>(findings: &'a Findings<'_>) -> Vec<RegisterLine<'a>> {
    let as_of = findings.facts.scope.as_of;
    let mut earlier: HashMap<String, &Entry> = HashMap::new();
    for entry in findings.register {
        earlier.extend(entry.id().map(|id| (id, entry)));
    }
    let mut deviations: Vec<&Deviation> = findings.deviations.iter().collect();
    deviations.sort_by_key(|deviation| {
        let size = deviation.variance.map(Amount::abs);
        (deviation.status, metric_of(deviation), std::cmp::Reverse(size))
    });
    let mut lines = Vec::new();
    let mut ids = std::collections::HashSet::new();
    for deviation in deviations {
        let id = id(findings, deviation);
        let entry = earlier.get(&id).copied();
        let first_seen = entry.and_then(|entry| day(entry.ours.get("first_seen")?)).unwrap_or(as_of);
        let state = if first_seen < as_of { State::Repeated } else { State::New };
        ids.insert(id.clone());
        lines.push(RegisterLine {
            id: Some(id),
            state,
            first_seen: Some(first_seen),
            deviation: Some(deviation),
            entry,
            owner: owner(findings, deviation),
            overdue_days: entry.and_then(|entry| overdue(entry, as_of)),
        });
    }
    for (is_added, state) in [(false, State::Closed), (true, State::Added)] {
        for entry in findings.register.iter().filter(|entry| entry.id().is_none() == is_added) {
            let id = entry.id();
            if id.as_ref().is_some_and(|id| ids.contains(id)) {
                continue;
            }
            lines.push(RegisterLine {
                id,
                state,
                first_seen: entry.ours.get("first_seen").and_then(day),
                deviation: None,
                entry: Some(entry),
                owner: None,
                overdue_days: overdue(entry, as_of),
            });
        }
    }
    lines
}

/// The numbers of today's deviations by what they are about: the worst first, where there are several.
pub struct Numbers(HashMap<(usize, Unit, Period), String>);

impl Numbers {
    pub fn of(findings: &Findings<'_>) -> Self {
        let mut numbers = HashMap::new();
        for line in register(findings) {
            if let Some(key) = line.deviation.and_then(figure_of) {
                numbers.entry(key).or_insert(line.id.unwrap_or_default());
            }
        }
        Numbers(numbers)
    }

    /// The number of a figure's deviation, which opens its line of the register; nothing where it is not off.
    pub fn link(&self, metric: usize, unit: Unit, period: Period) -> Item {
        let id = self.0.get(&(metric, unit, period));
        id.map_or(Item::Blank, |id| Item::link(id, "deviations", subject::Subject::Deviation(id.clone())))
    }
}

/// Whether it is about what was done in a period, and not about what is in the pipeline.
fn is_of_actual(deviation: &Deviation) -> bool {
    matches!(deviation.rule, Rule::BehindPace | Rule::WorseThanPriorYear)
}

/// The figure of a period that a deviation is about.
fn figure_of(deviation: &Deviation) -> Option<(usize, Unit, Period)> {
    match (deviation.subject, deviation.when) {
        (Subject::Figure { metric, unit }, When::Period(period)) => Some((metric, unit, period)),
        _ => None,
    }
}

/// Whether people wrote something that would be lost without the page.
pub fn has_entries(register: &[Entry]) -> bool {
    register.iter().any(Entry::is_written)
}

fn metric_of(deviation: &Deviation) -> Option<usize> {
    match deviation.subject {
        Subject::Figure { metric, .. } => Some(metric),
        Subject::Line(_) | Subject::Task(_) | Subject::Issue(_) => None,
    }
}

/// A number that the same deviation has in every run: made from what it is about, its rule, and when it began.
pub fn id(findings: &Findings<'_>, deviation: &Deviation) -> String {
    let units = &findings.facts.units;
    let subject = match deviation.subject {
        Subject::Figure { metric, unit } => {
            format!("{}|{}|{}", findings.metric(metric).key, units.level(unit), units.id(unit))
        }
        Subject::Line(line) => {
            let line = &findings.facts.budgets.lines[line];
            let name = |name: &Option<String>| name.clone().unwrap_or_default();
            format!("{}|{}", name(&line.item), name(&line.department))
        }
        Subject::Task(task) => {
            let task = &findings.facts.milestones[task];
            format!("{}|{}", task.phase.as_deref().unwrap_or(""), task.task.as_deref().unwrap_or(""))
        }
        Subject::Issue(issue) => {
            let issue = &findings.facts.issues[issue];
            format!("{}|{}|{}", issue.reporter.as_deref().unwrap_or(""), units.id(issue.unit), issue.description)
        }
    };
    let (since, year) = match deviation.since {
        When::Period(period) => (period.to_string(), period.year),
        When::Week(span) => (span.first.to_string(), span.first.year()),
        When::Day(day) => (day.to_string(), day.year()),
    };
    // Without a date of its own it must not get another number every day.
    let since = match deviation.subject {
        Subject::Issue(issue) if findings.facts.issues[issue].day.is_none() => String::new(),
        _ => since,
    };
    let hash = blake3::hash(format!("{}|{subject}|{since}", deviation.rule.key()).as_bytes()).to_hex();
    format!("DEV-{year}-{}", hash[..6].to_uppercase())
}

/// Who answers for a unit: the person, or the manager whom most of its people have.
fn owner(findings: &Findings<'_>, deviation: &Deviation) -> Option<String> {
    let units = &findings.facts.units;
    match deviation.subject {
        Subject::Line(line) => findings.facts.budgets.lines[line].owner.clone(),
        Subject::Task(task) => findings.facts.milestones[task].owner.clone(),
        Subject::Issue(issue) => unit_owner(findings, findings.facts.issues[issue].unit),
        Subject::Figure { unit: Unit::Person(person), .. } => units.person(person).name().map(str::to_string),
        Subject::Figure { unit, .. } => unit_owner(findings, unit),
    }
}

fn unit_owner(findings: &Findings<'_>, unit: Unit) -> Option<String> {
    let units = &findings.facts.units;
    if let Unit::Person(person) = unit {
        return units.person(person).name().map(str::to_string);
    }
    if unit == Unit::Company {
        // A region's pack is for the region; a person answers for their own figures.
        let is_one = matches!(units.split(), Some(Split::Person | Split::Manager));
        return units.name(unit).filter(|_| is_one).map(str::to_string);
    }
    let mut managers: BTreeMap<String, usize> = BTreeMap::new();
    for seat in units.seats_of(unit) {
        let manager = units.person_of(seat).and_then(|person| units.person(person).manager.clone());
        manager.into_iter().for_each(|manager| *managers.entry(manager).or_default() += 1);
    }
    let manager = managers.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))).map(|(manager, _)| manager)?;
    // Managers are named, or given by their id.
    let by_id = PersonName { id: Some(manager.clone()), name: None };
    match units.find(&by_id) {
        Found::Person(person) => units.person(person).name().map(str::to_string),
        _ => Some(manager),
    }
}

/// A day that a cell holds, as a date or written out.
fn day(value: &OwnedValue) -> Option<NaiveDate> {
    match value {
        OwnedValue::Date(day) => Some(*day),
        OwnedValue::Number(number) => number.whole().and_then(date_from_serial),
        value => written_day(&value.borrowed().display()),
    }
}

/// 2026-06-15, 2026/6/15, 2026年6月15日, 15.06.2026, 06/15/2026; nothing where day and month could be either.
fn written_day(text: &str) -> Option<NaiveDate> {
    let mut numbers = text.split(|character: char| !character.is_ascii_digit()).filter(|part| !part.is_empty());
    let parts = [numbers.next()?, numbers.next()?, numbers.next()?];
    let [first, second, third] = [parts[0].parse().ok()?, parts[1].parse().ok()?, parts[2].parse::<u32>().ok()?];
    let year = |part: &str| part.parse::<i32>().ok().filter(|_| part.len() == 4);
    match (year(parts[0]), year(parts[2])) {
        (Some(year), _) => NaiveDate::from_ymd_opt(year, second, third),
        (None, Some(year)) if first > 12 => NaiveDate::from_ymd_opt(year, second, first),
        (None, Some(year)) if second > 12 || first == second => NaiveDate::from_ymd_opt(year, first, second),
        _ => None,
    }
}

fn overdue(entry: &Entry, as_of: NaiveDate) -> Option<i64> {
    let due = entry.inputs.get("action_due").and_then(day)?;
    let status = entry.inputs.get("action_status").map(|value| value.borrowed().display());
    let is_over = status.is_some_and(|status| {
        let words = ["done", "closed"].into_iter().flat_map(|key| wordings(&format!("action_status.{key}")));
        let status = status.trim().to_lowercase();
        words.into_iter().any(|word| word.to_lowercase() == status)
    });
    let is_done = is_over || entry.inputs.contains_key("action_done");
    Some((as_of - due).num_days()).filter(|days| *days > 0 && !is_done)
}

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let register = register(findings);
    if register.is_empty() {
        return None;
    }
    let word = |key: &str| findings.word(key);
    let mut own: Vec<String> = Vec::new();
    for (header, _) in findings.register.iter().flat_map(|entry| &entry.own) {
        if !own.contains(header) {
            own.push(header.clone());
        }
    }
    let lines: Vec<Line> = register.iter().map(|line| self::line(findings, line, &own)).collect();
    let subjects = register.iter().enumerate().flat_map(|(index, line)| {
        let actual = line.deviation.filter(|deviation| is_of_actual(deviation)).and_then(figure_of);
        let figure = actual.map(|(metric, unit, period)| subject::Subject::of(metric, unit, period));
        let number = line.id.clone().map(subject::Subject::Deviation);
        figure.into_iter().chain(number).map(move |subject| (index, subject))
    });
    let subjects = subjects.collect();
    let count = |state: State| register.iter().filter(|line| line.state == state).count().to_string();
    let n_overdue = register.iter().filter(|line| line.overdue_days.is_some()).count();
    let message = findings.lang.say(
        "message.deviations",
        &[
            ("new", &count(State::New)),
            ("repeated", &count(State::Repeated)),
            ("closed", &count(State::Closed)),
            ("overdue", &n_overdue.to_string()),
        ],
    );
    let head = |key: &str| Column::new(word(&format!("head.{key}")));
    let mut columns = vec![
        head("deviation"),
        head("register_state"),
        head("first_seen"),
        head("periods_in_a_row"),
        head("level"),
        head("unit"),
        head("metric"),
        head("period"),
        head("base").of(super::Scenario::Plan),
        head("ac").showing(Meaning::Actual).of(super::Scenario::Actual),
        head("delta"),
        head("delta_percent"),
        head("status"),
        head("rule"),
        head("likely_cause").wrapping(),
        head("owner"),
    ];
    for key in INPUTS {
        let choices: Vec<&str> = match key {
            "cause_category" => CATEGORIES.iter().map(|key| word(&format!("cause_category.{key}"))).collect(),
            "action_status" => STATUSES.iter().map(|key| word(&format!("action_status.{key}"))).collect(),
            _ => Vec::new(),
        };
        let column = head(key).to_fill(&choices);
        let is_text = ["cause_note", "action", "review"].contains(&key);
        columns.push(if is_text { column.wrapping() } else { column });
    }
    columns.push(head("overdue_days"));
    if names_files(findings) {
        columns.push(head("first_cell").wrapping());
    }
    columns.extend(own.iter().map(|header| Column::new(header.clone()).wrapping().to_fill(&[])));
    let worst = findings.deviations.iter().map(|deviation| deviation.status).min();
    Some(Page {
        key: "deviations",
        number: 9,
        message,
        titles: findings.titles_in(Scale::One, findings.focus, word("legend.deviations").to_string()),
        blocks: vec![Block::new("", columns, lines).about(subjects)],
        worst,
        frozen_columns: 2,
    })
}

fn line(findings: &Findings<'_>, line: &RegisterLine<'_>, own: &[String]) -> Line {
    let mut items = match line.deviation {
        Some(deviation) => ours(findings, line, deviation),
        None => carried(findings, line),
    };
    for key in INPUTS {
        let entered = line.entry.and_then(|entry| entry.inputs.get(key));
        items.push(entered.map_or(Item::Blank, entered_item));
    }
    items.push(Item::toned(line.overdue_days.map(Amount::whole), Look::Amount(0), Tone::Bad));
    if names_files(findings) {
        let cell = line.deviation.and_then(|deviation| first_cell(findings, deviation));
        items.push(cell.map_or(Item::Blank, Item::Source));
    }
    for header in own {
        let entered = line.entry.into_iter().flat_map(|entry| &entry.own).find(|(name, _)| name == header);
        items.push(entered.map_or(Item::Blank, |(_, value)| entered_item(value)));
    }
    Line { role: LineRole::Detail, depth: 0, items }
}

/// What the tool says about a deviation of today.
fn ours(findings: &Findings<'_>, line: &RegisterLine<'_>, deviation: &Deviation) -> Vec<Item> {
    let subject = described(findings, deviation);
    let look = match deviation.subject {
        Subject::Figure { metric, .. } => findings.look(metric),
        _ => Look::Amount(0),
    };
    let delta = Item::difference(deviation.variance, look == Look::Percent, look, Tone::Plain);
    let mut rule = findings.word(&format!("rule.{}", deviation.rule.key())).to_string();
    if deviation.n_periods >= 3 {
        rule = [&rule, findings.word("rule.persistent")].join(RULE_SEPARATOR);
    }
    vec![
        Item::text(line.id.clone().unwrap_or_default()),
        Item::text(findings.word(&format!("register_state.{}", line.state.key()))),
        Item::text(line.first_seen.map(|day| day.to_string()).unwrap_or_default()),
        Item::number(Some(Amount::whole(i64::from(deviation.n_periods))), Look::Amount(0)),
        Item::text(subject.level),
        match figure_of(deviation) {
            Some((metric, unit, period)) => {
                Item::link(subject.unit, "attainment", subject::Subject::of(metric, unit, period))
            }
            None => Item::text(subject.unit),
        },
        Item::text(subject.metric),
        Item::text(when(findings, deviation.when)),
        Item::number(deviation.base, look),
        Item::number(deviation.actual, look),
        delta,
        Item::number(deviation.variance_ratio, Look::DeltaPercent),
        findings.status_item(deviation.status),
        Item::text(rule),
        Item::text(causes(findings, deviation)),
        Item::text(line.owner.clone().unwrap_or_default()),
    ]
}

/// Whether the report says where figures come from: of the files a reader of a pack knows nothing.
fn names_files(findings: &Findings<'_>) -> bool {
    findings.facts.units.split().is_none()
}

/// Where what a deviation is about begins in the files: the first of the cells that its actual is made from, or the
/// place where it was reported. Of a quotient it is the cell of what stands above the line.
fn first_cell(findings: &Findings<'_>, deviation: &Deviation) -> Option<CellRef> {
    let facts = findings.facts;
    match deviation.subject {
        Subject::Figure { metric, unit } => {
            let days = match deviation.when {
                When::Period(period) => facts.calendar.span(period),
                When::Week(span) => span,
                When::Day(day) => Span { first: day, last: day },
            };
            let months: Vec<Period> = facts.calendar.periods_within(days).into_iter().filter(is_month).collect();
            let measure = match &facts.metrics[metric].formula {
                Formula::Ratio { numerator, .. } => facts.metrics.position(numerator)?,
                Formula::Sum | Formula::Last => metric,
            };
            facts.ledger.first_cell(measure, &facts.units.seats_of(unit), &months).cloned()
        }
        Subject::Line(line) => Some(facts.budgets.lines[line].at.clone()),
        Subject::Task(task) => Some(facts.milestones[task].at.clone()),
        Subject::Issue(issue) => Some(facts.issues[issue].at.clone()),
    }
}

fn is_month(period: &Period) -> bool {
    period.kind == PeriodKind::Month
}

/// What the earlier register said of a deviation that is not one any more, or what people wrote themselves.
fn carried(findings: &Findings<'_>, line: &RegisterLine<'_>) -> Vec<Item> {
    let item = |key: &str| match (key, line.entry.and_then(|entry| entry.ours.get(key))) {
        ("register_state", _) => Item::text(findings.word(&format!("register_state.{}", line.state.key()))),
        ("delta_percent", Some(OwnedValue::Number(number))) => Item::number(number.amount(), Look::DeltaPercent),
        // What people added stays as they wrote it.
        (key, Some(OwnedValue::Text(text))) if line.state == State::Closed => closed_item(findings, key, text),
        (_, Some(value)) => entered_item(value),
        (_, None) => Item::Blank,
    };
    let is_before_inputs = |key: &&&str| !["overdue_days", "first_cell"].contains(*key);
    OURS.iter().filter(is_before_inputs).map(|key| item(key)).collect()
}

/// What an earlier report said, in the language of this one where the words are ours.
fn closed_item(findings: &Findings<'_>, key: &str, text: &str) -> Item {
    let reworded = |prefixes: &[&'static str], text: &str| {
        let known = prefixes.iter().find_map(|prefix| Some(format!("{prefix}{}", key_of(prefix, text)?)));
        known.map_or_else(|| text.to_string(), |key| findings.word(&key).to_string())
    };
    match key {
        "level" => Item::text(reworded(&["level.", "table."], text)),
        "metric" => Item::text(reworded(&["metric."], text)),
        "rule" => {
            let parts: Vec<String> = text.split(RULE_SEPARATOR).map(|part| reworded(&["rule."], part)).collect();
            Item::text(parts.join(RULE_SEPARATOR))
        }
        "status" => {
            let word = text.split_once(' ').map_or(text, |(_, word)| word);
            let status = key_of("status.", word).and_then(|key| Status::ALL.into_iter().find(|s| s.key() == key));
            status.map_or_else(|| Item::text(text), |status| findings.status_item(status))
        }
        _ => entered_item(&OwnedValue::Text(text.into())),
    }
}

/// The key below a prefix that has this wording, in any language.
fn key_of(prefix: &'static str, text: &str) -> Option<&'static str> {
    wordings_below(prefix).filter(|(_, wording)| *wording == text.trim()).map(|(key, _)| key).min()
}

/// A value as somebody entered it.
fn entered_item(value: &OwnedValue) -> Item {
    match value {
        OwnedValue::Date(day) => Item::Day(*day),
        OwnedValue::Number(number) => entered_number(*number),
        // A tab would be written as a space, and the next run would find another text.
        value => Item::text(value.borrowed().display().replace('\t', " ")),
    }
}

fn entered_number(number: Number) -> Item {
    match number.amount() {
        Some(amount) => Item::number(Some(amount), Look::Amount(if number.decimals() > 0 { 2 } else { 0 })),
        None => Item::text(number.text()),
    }
}

/// Level, unit and metric as people call them.
struct Described {
    level: String,
    unit: String,
    metric: String,
}

fn described(findings: &Findings<'_>, deviation: &Deviation) -> Described {
    match deviation.subject {
        Subject::Figure { metric, unit } => Described {
            level: findings.level_name(unit).to_string(),
            unit: findings.unit_name(unit),
            metric: findings.metric_name(metric),
        },
        Subject::Line(line) => {
            let line = &findings.facts.budgets.lines[line];
            let unassigned = || findings.word("word.unassigned").to_string();
            Described {
                level: findings.word("table.budget").to_string(),
                unit: line.department.clone().unwrap_or_default(),
                metric: line.item.clone().unwrap_or_else(unassigned),
            }
        }
        Subject::Task(task) => {
            let task = &findings.facts.milestones[task];
            Described {
                level: findings.word("table.plan").to_string(),
                unit: task.phase.clone().unwrap_or_default(),
                metric: task.task.clone().unwrap_or_default(),
            }
        }
        Subject::Issue(issue) => {
            let issue = &findings.facts.issues[issue];
            Described {
                level: findings.level_name(issue.unit).to_string(),
                unit: findings.unit_name(issue.unit),
                metric: issue.metric.map(|metric| findings.metric_name(metric)).unwrap_or_default(),
            }
        }
    }
}

fn when(findings: &Findings<'_>, when: When) -> String {
    match when {
        When::Period(period) => findings.period_name(period),
        When::Week(span) => {
            let week = findings.facts.calendar.containing(PeriodKind::Week, span.first);
            format!("{week} ({} – {})", span.first, span.last)
        }
        When::Day(day) => day.to_string(),
    }
}

/// Everything known of the cause, in words with its numbers.
pub fn causes(findings: &Findings<'_>, deviation: &Deviation) -> String {
    let said = |cause: &Cause| match cause {
        Cause::Path(path) => path_words(findings, path),
        Cause::Bridge(base, effects) => bridge_words(findings, base.code(), effects),
        Cause::Shortfall(shortfall) => super::funnel::shortfall_words(findings, shortfall),
        Cause::DaysLate(days) => findings.lang.say("cause.days_late", &[("days", &days.to_string())]),
        Cause::Unreadable(count) => findings.lang.say("cause.unreadable", &[("count", &count.to_string())]),
        Cause::Limits { mean, limit } => {
            findings.lang.say("cause.limits", &[("mean", &mean.grouped(0)), ("limit", &limit.grouped(0))])
        }
    };
    let mut parts: Vec<String> = deviation.causes.iter().map(said).collect();
    if deviation.rule == Rule::NoActual {
        parts.push(findings.word("cause.no_actual").to_string());
    }
    if let Subject::Issue(issue) = deviation.subject {
        let issue = &findings.facts.issues[issue];
        let reporter = issue.reporter.as_deref().filter(|_| !issue.is_anonymous);
        let reporter = reporter.unwrap_or(findings.word("word.unassigned"));
        parts.push(findings.lang.say("cause.reported", &[("reporter", reporter), ("description", &issue.description)]));
    }
    parts.join(findings.word("cause.separator"))
}

fn signed(amount: Amount) -> String {
    let text = amount.grouped(0);
    if amount.is_positive() { format!("+{text}") } else { text }
}

/// North −60 (92 %) › Bob −50 (77 %).
fn path_words(findings: &Findings<'_>, path: &Path) -> String {
    let named = |member: &Member| {
        let share = member.share_of_gap.unwrap_or_default() * Amount::whole(100);
        format!("{} {} ({} %)", findings.unit_name(member.unit), signed(member.variance), share.grouped(0))
    };
    let steps: Vec<String> = path.steps.iter().map(|step| named(&step.named[0])).collect();
    let base = findings.word(&format!("base.{}", path.base.code().to_lowercase()));
    findings.lang.say("cause.path", &[("base", base), ("gap", &signed(path.gap)), ("path", &steps.join(" › "))])
}

fn bridge_words(findings: &Findings<'_>, base: &str, effects: &Effects) -> String {
    let parts = [
        ("volume", effects.volume),
        ("mix", effects.mix),
        ("price", effects.price),
        ("new", effects.new),
        ("lost", effects.lost),
        ("other", effects.other),
    ];
    let said = parts.into_iter().filter(|(_, amount)| !amount.rounded(0).is_zero());
    let said = said.map(|(key, amount)| format!("{} {}", findings.word(&format!("effect.{key}")), signed(amount)));
    let said: Vec<String> = said.collect();
    let base = findings.word(&format!("base.{}", base.to_lowercase()));
    findings.lang.say("cause.bridge", &[("base", base), ("effects", &said.join(findings.word("cause.comma")))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_people_write_them() {
        let day = |text: &str| written_day(text).map(|day| day.to_string());
        for text in ["2026-06-15", "2026/6/15", "2026年6月15日", "15.06.2026", "06/15/2026", "2026.06.15 18:00"] {
            assert_eq!(day(text), Some("2026-06-15".to_string()), "{text}");
        }
        assert_eq!([day("05/06/2026"), day("soon"), day("2026-02-30")], [None, None, None]);
    }
}
