//! Weeks: what was planned and done in each week of the focus period, added up, and whether a week is a signal.

use chrono::{Days, NaiveDate};

use crate::analysis::weekly::{WeekAhead, WeekFigure};
use crate::facts::Unit;
use crate::measure::{Amount, Tally};
use crate::metric::NegativeTarget;
use crate::period::{Kind, Span};

use super::subject::{Meaning, Subject};
use super::{Block, Chart, ChartKind, Column, Findings, Formula, Item, Line, LineRole, Look, Page, Scenario, Tone};

const PLAN: usize = 5;
const ACTUAL: usize = 6;
const PLAN_ADDED_UP: usize = 9;
const ACTUAL_ADDED_UP: usize = 10;

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let span = findings.facts.calendar.span(findings.focus?);
    let here = |week: &&WeekFigure| {
        week.unit == Unit::Company && span.overlap(&Span { first: week.first_day, last: week.last_day() }).is_some()
    };
    let weeks: Vec<&WeekFigure> = findings.weeks.iter().filter(here).collect();
    if weeks.is_empty() {
        return None;
    }
    let blocks: Vec<Block> =
        weeks.chunk_by(|a, b| a.metric == b.metric).map(|weeks| block(findings, span, weeks)).collect();
    let is_behind = |week: &&&WeekFigure| {
        week.is_over && week.target.zip(week.actual.value()).is_some_and(|(target, actual)| actual < target)
    };
    let main = weeks[0].metric;
    let of_main = || weeks.iter().filter(|week| week.metric == main && week.target.is_some());
    let message = findings.lang.say(
        "message.weekly",
        &[
            ("metric", &findings.metric_name(main)),
            ("behind", &of_main().filter(is_behind).count().to_string()),
            ("weeks", &of_main().filter(|week| week.is_over).count().to_string()),
            ("signals", &weeks.iter().filter(|week| week.signal().is_some()).count().to_string()),
        ],
    );
    Some(Page {
        key: "weekly",
        number: 4,
        message,
        titles: findings.titles(findings.focus, findings.word("legend.weekly").to_string()),
        blocks,
        worst: None,
        frozen_columns: 2,
    })
}

/// What a block needs of its period.
struct Shape {
    span: Span,
    look: Look,
    negative: NegativeTarget,
    /// Whether weeks lie ahead: then the forecast has a column.
    has_ahead: bool,
    /// The target of the whole period.
    whole: Option<Amount>,
}

/// What the weeks so far add up to: plan and actual from the first week that has a plan on, so that they compare.
#[derive(Clone, Copy)]
struct SoFar {
    has_begun: bool,
    planned: Option<Amount>,
    done: Amount,
    /// Of all weeks, also those before.
    done_at_all: Amount,
    /// With what the forecast adds in the weeks to come.
    forecast: Amount,
}

/// One metric's weeks, with what they add up to and what is left for each of those to come.
fn block(findings: &Findings<'_>, span: Span, weeks: &[&WeekFigure]) -> Block {
    let metric = weeks[0].metric;
    let ahead: Vec<&WeekAhead> = findings.weeks_ahead.iter().filter(|week| week.metric == metric).collect();
    let whole = findings.focus.and_then(|focus| findings.facts.plans.get(metric, Unit::Company, focus).full.value());
    let shape = Shape {
        span,
        look: findings.look(metric),
        negative: findings.facts.rules.negative_target,
        has_ahead: !ahead.is_empty(),
        whole,
    };
    let first_planned = first_planned(weeks);
    let last_over = weeks.iter().rposition(|week| week.is_over);
    let mut so_far = SoFar {
        has_begun: false,
        planned: Some(Amount::ZERO),
        done: Amount::ZERO,
        done_at_all: Amount::ZERO,
        forecast: Amount::ZERO,
    };
    let mut lines = Vec::new();
    for (index, week) in weeks.iter().enumerate() {
        let done = week.actual.value().unwrap_or(Amount::ZERO);
        so_far.done_at_all += done;
        so_far.has_begun = index >= first_planned;
        if so_far.has_begun {
            so_far.planned = so_far.planned.zip(week.target).map(|(sum, target)| sum + target);
            so_far.done += done;
        }
        so_far.forecast = so_far.done;
        let to_come = ahead.iter().find(|ahead| ahead.first_day == week.first_day);
        so_far.forecast += to_come.map_or(Amount::ZERO, |week| week.forecast);
        // The forecast goes on where the last week that is over ends.
        let forecasts = index + 1 == weeks.len() || Some(index) == last_over;
        lines.push(line(findings, &shape, index, Week::of(week), so_far, forecasts));
    }
    let last = weeks[weeks.len() - 1].first_day;
    for (index, week) in ahead.iter().filter(|week| week.first_day > last).enumerate() {
        so_far.planned = so_far.planned.zip(week.target).map(|(sum, target)| sum + target);
        so_far.forecast += week.forecast;
        lines.push(line(findings, &shape, weeks.len() + index, Week::to_come(week), so_far, true));
    }
    let word = |key: &str| findings.word(key);
    let mut columns = vec![
        Column::new(word("head.week")),
        Column::new(word("head.nth_week")),
        Column::new(word("head.first_day")),
        Column::new(word("head.last_day")),
        Column::new(word("head.work_days")).showing(Meaning::WorkDays),
        Column::new(word("head.pl")).showing(Meaning::Target).of(Scenario::Plan),
        Column::new(word("head.ac")).showing(Meaning::Actual).of(Scenario::Actual),
        Column::new(word("head.delta_pl")).showing(Meaning::Delta),
        Column::new(word("head.attainment")).showing(Meaning::Attainment).with_bars(),
        Column::new(word("head.plan_added_up")).showing(Meaning::TargetAddedUp).of(Scenario::Plan),
        Column::new(word("head.actual_added_up")).showing(Meaning::ActualAddedUp).of(Scenario::Actual),
    ];
    let has_plan = weeks.iter().any(|week| week.target.is_some());
    let mut values = if has_plan { vec![PLAN_ADDED_UP, ACTUAL_ADDED_UP] } else { vec![ACTUAL_ADDED_UP] };
    if shape.has_ahead {
        values.push(columns.len());
        columns.push(Column::new(word("head.forecast_added_up")).of(Scenario::Forecast));
    }
    columns.extend([
        Column::new(word("head.attainment_added_up")).showing(Meaning::AttainmentAddedUp),
        Column::new(word("head.needed_per_week")).showing(Meaning::NeededPerWeek),
        Column::new(word("head.signal")),
    ]);
    let title = findings.metric_name(metric);
    let chart = Chart {
        title: findings.lang.say("chart.added_up", &[("metric", &title)]),
        kind: ChartKind::Lines,
        axis_from: None,
        categories: 0,
        values,
    };
    let subjects = weeks.iter().map(|week| Subject::Week { metric, first_day: week.first_day }).enumerate().collect();
    Block { chart: Some(chart), ..Block::new(title, columns, lines).about(subjects) }
}

/// A week, over or to come.
struct Week<'a> {
    first_day: NaiveDate,
    target: Option<Amount>,
    /// Nothing for one to come.
    figure: Option<&'a WeekFigure>,
}

impl<'a> Week<'a> {
    fn of(week: &'a WeekFigure) -> Self {
        Week { first_day: week.first_day, target: week.target, figure: Some(week) }
    }

    fn to_come(week: &WeekAhead) -> Self {
        Week { first_day: week.first_day, target: week.target, figure: None }
    }

    fn span(&self) -> Span {
        let last = self.first_day.checked_add_days(Days::new(6)).unwrap_or(self.first_day);
        Span { first: self.first_day, last }
    }
}

fn line(findings: &Findings<'_>, shape: &Shape, index: usize, week: Week<'_>, so_far: SoFar, forecasts: bool) -> Line {
    let Shape { span, look, .. } = *shape;
    let days = week.span();
    let actual = week.figure.map_or(Tally::NOTHING, |figure| figure.actual);
    let attainment = |actual: Option<Amount>, target: Option<Amount>| {
        crate::analysis::attainment::ratio(actual?, target?, shape.negative)
    };
    let has_both = week.target.is_some() && actual.value().is_some();
    let delta = week.target.zip(actual.value()).map(|(target, actual)| actual - target);
    let is_over = week.figure.is_some_and(|figure| figure.is_over);
    let is_behind = so_far.planned.is_some_and(|planned| so_far.done < planned) && is_over;
    let tone = if is_behind { Tone::Bad } else { Tone::Plain };
    let signal = week.figure.and_then(WeekFigure::signal);
    let signal = signal.map_or("", |signal| findings.word(&format!("signal.{}", signal.key())));
    let label = findings.facts.calendar.containing(Kind::Week, week.first_day);
    let nth = i64::try_from(index + 1).ok().map(Amount::whole);
    let work_days = Amount::whole(findings.facts.calendar.work_days.count(days));
    // What is done is not known of weeks to come.
    let done = week.figure.filter(|_| so_far.has_begun).map(|_| so_far.done);
    let done_at_all = week.figure.map(|_| so_far.done_at_all);
    let planned = so_far.planned.filter(|_| so_far.has_begun);
    let mut items = vec![
        Item::text(label.to_string()),
        Item::number(nth, Look::Amount(0)),
        Item::Day(days.first),
        Item::Day(days.last),
        Item::number(Some(work_days), Look::Amount(0)),
        Item::number(week.target, look),
        Item::tally(&actual, look),
        Item::number(delta, look.delta()).by(has_both.then_some(Formula::Minus(ACTUAL, PLAN))),
        Item::number(attainment(actual.value(), week.target), Look::Percent)
            .by(has_both.then_some(Formula::Over(ACTUAL, PLAN))),
        Item::number(planned, look),
        Item::number(done, look),
    ];
    if shape.has_ahead {
        items.push(Item::number(Some(so_far.forecast).filter(|_| forecasts), look));
    }
    items.extend([
        Item::toned(attainment(done, planned), Look::Percent, tone),
        Item::number(done_at_all.and_then(|done| left(shape.whole, done, weeks_left(days.last, span))), look),
        Item::text(signal),
    ]);
    Line { role: LineRole::Detail, depth: 0, items }
}

/// The first week that has a plan: from it on plan and actual are added up. A period's first week may begin in a year
/// that has none. Where no week has one, the actuals are added up alone.
pub(super) fn first_planned(weeks: &[&WeekFigure]) -> usize {
    weeks.iter().position(|week| week.target.is_some()).unwrap_or(0)
}

/// Weeks of the period that begin after a day.
pub(super) fn weeks_left(day: NaiveDate, span: Span) -> i64 {
    ((span.last - day).num_days().max(0) + 6) / 7
}

/// What each week to come has to bring; nothing when the target is met or no week is left.
fn left(whole: Option<Amount>, done: Amount, n_weeks: i64) -> Option<Amount> {
    let missing = whole? - done;
    if missing.is_positive() && n_weeks > 0 { missing.ratio_to(Amount::whole(n_weeks)) } else { None }
}
