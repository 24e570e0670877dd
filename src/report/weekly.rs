//! Weeks: what was planned and done in each week of the focus period, added up, and whether a week is a signal.

use crate::analysis::weekly::{PeriodWeek, needed_per_week};
use crate::measure::{Amount, Tally};
use crate::metric::NegativeTarget;
use crate::period::{Kind, Span};

use super::subject::{Meaning, Subject};
use super::{Block, Chart, ChartKind, Column, Findings, Formula, Item, Line, LineRole, Look, Page, Scenario, Tone};

const PLAN: usize = 4;
const ACTUAL: usize = 5;
const PLAN_ADDED_UP: usize = 8;
const ACTUAL_ADDED_UP: usize = 9;

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let span = findings.facts.calendar.span(findings.focus?);
    let weeks = &findings.period_weeks;
    let main = weeks.first()?.metric;
    let blocks: Vec<Block> =
        weeks.chunk_by(|a, b| a.metric == b.metric).map(|weeks| block(findings, span, weeks)).collect();
    let is_behind = |week: &&PeriodWeek| {
        let actual = week.actual.and_then(|actual| actual.value());
        week.target.zip(actual).is_some_and(|(target, actual)| actual < target)
    };
    let of_main = || weeks.iter().filter(|week| week.metric == main);
    let planned = || of_main().filter(|week| week.target.is_some() && week.is_over);
    let message = findings.lang.say(
        "message.weekly",
        &[
            ("metric", &findings.metric_name(main)),
            ("behind", &planned().filter(is_behind).count().to_string()),
            ("weeks", &planned().count().to_string()),
            ("signals", &of_main().filter(|week| week.signal.is_some()).count().to_string()),
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
    /// Whether anything is to come: then the forecast has a column.
    has_ahead: bool,
    /// The target of the whole period.
    whole: Option<Amount>,
}

/// What the weeks so far add up to: plan and actual from the first week that has a plan on, so that they compare.
#[derive(Clone, Copy, Default)]
struct SoFar {
    planned: Option<Amount>,
    done: Option<Amount>,
    /// Of all weeks, also those before.
    done_at_all: Amount,
    /// With what the forecast adds in the days to come; nothing in weeks before the last that is over.
    forecast: Option<Amount>,
}

/// One metric's weeks, with what they add up to and what is left for each of those to come.
fn block(findings: &Findings<'_>, span: Span, weeks: &[PeriodWeek]) -> Block {
    let metric = weeks[0].metric;
    let whole = findings
        .focus
        .and_then(|focus| findings.facts.plans.get(metric, crate::facts::Unit::Company, focus).full.value());
    let shape = Shape {
        span,
        look: findings.look(metric),
        negative: findings.facts.rules.negative_target,
        has_ahead: weeks.iter().any(|week| week.to_come.is_some()),
        whole,
    };
    let first_planned = first_planned(weeks);
    let last_over = weeks.iter().rposition(|week| week.is_over).unwrap_or(0);
    let mut so_far = SoFar::default();
    let (mut done, mut to_come) = (Amount::ZERO, Amount::ZERO);
    let mut lines = Vec::new();
    for (index, week) in weeks.iter().enumerate() {
        let actual = week.actual.and_then(|actual| actual.value());
        so_far.done_at_all += actual.unwrap_or(Amount::ZERO);
        to_come += week.to_come.unwrap_or(Amount::ZERO);
        if index >= first_planned {
            done += actual.unwrap_or(Amount::ZERO);
            so_far.planned = match (so_far.planned, week.target) {
                (Some(planned), Some(target)) => Some(planned + target),
                (None, target) if index == first_planned => target,
                _ => None,
            };
            so_far.done = week.actual.map(|_| done);
            so_far.forecast = (index >= last_over).then(|| done + to_come);
        }
        lines.push(line(findings, &shape, week, so_far));
    }
    let word = |key: &str| findings.word(key);
    let mut columns = vec![
        Column::new(word("head.week")),
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

fn line(findings: &Findings<'_>, shape: &Shape, week: &PeriodWeek, so_far: SoFar) -> Line {
    let Shape { look, .. } = *shape;
    let actual = week.actual.unwrap_or(Tally::NOTHING);
    let attainment = |actual: Option<Amount>, target: Option<Amount>| {
        crate::analysis::attainment::ratio(actual?, target?, shape.negative)
    };
    // A week that is not over has its plan, and nothing to be measured by it.
    let measured = actual.value().filter(|_| week.is_over);
    let has_both = week.target.is_some() && measured.is_some();
    let delta = week.target.zip(measured).map(|(target, actual)| actual - target);
    let done = so_far.done.filter(|_| week.is_over);
    let is_behind = so_far.planned.zip(done).is_some_and(|(planned, done)| done < planned);
    let tone = if is_behind { Tone::Bad } else { Tone::Plain };
    let signal = week.signal.map_or("", |signal| findings.word(&format!("signal.{}", signal.key())));
    let label = findings.facts.calendar.containing(Kind::Week, week.first_day);
    let missing = week.actual.and(shape.whole).map(|whole| whole - so_far.done_at_all);
    let needed = missing.and_then(|missing| needed_per_week(missing, work_days_left(findings, week, shape.span)));
    let mut items = vec![
        Item::text(label.to_string()),
        Item::Day(week.days.first),
        Item::Day(week.days.last),
        Item::number(Some(Amount::whole(week.work_days)), Look::Amount(0)),
        Item::number(week.target, look),
        Item::tally(&actual, look),
        Item::number(delta, look.delta()).by(has_both.then_some(Formula::Minus(ACTUAL, PLAN))),
        Item::number(attainment(measured, week.target), Look::Percent)
            .by(has_both.then_some(Formula::Over(ACTUAL, PLAN))),
        Item::number(so_far.planned, look),
        Item::number(so_far.done, look),
    ];
    if shape.has_ahead {
        items.push(Item::number(so_far.forecast, look));
    }
    items.extend([
        Item::toned(attainment(done, so_far.planned), Look::Percent, tone),
        Item::number(needed, look),
        Item::text(signal),
    ]);
    Line { role: LineRole::Detail, depth: 0, items }
}

/// The first week that has a plan: from it on plan and actual are added up. Where no week has one, the actuals are
/// added up alone.
pub(super) fn first_planned(weeks: &[PeriodWeek]) -> usize {
    weeks.iter().position(|week| week.target.is_some()).unwrap_or(0)
}

/// Work days of the period after a week.
pub(super) fn work_days_left(findings: &Findings<'_>, week: &PeriodWeek, span: Span) -> i64 {
    let left = week.days.last.succ_opt().filter(|next| *next <= span.last);
    left.map_or(0, |first| findings.facts.calendar.work_days.count(Span { first, last: span.last }))
}
