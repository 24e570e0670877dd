//! Weeks: what was planned and done in each week of the focus period, added up, and whether a week is a signal.

use chrono::NaiveDate;

use crate::analysis::weekly::WeekFigure;
use crate::facts::Unit;
use crate::measure::Amount;
use crate::period::{Kind, Span};

use super::subject::{Meaning, Subject};
use super::{Block, Chart, ChartKind, Column, Findings, Formula, Item, Line, LineRole, Look, Page, Scenario, Tone};

const PLAN: usize = 4;
const ACTUAL: usize = 5;

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

/// One metric's weeks, with what they add up to and what is left for each of those to come.
fn block(findings: &Findings<'_>, span: Span, weeks: &[&WeekFigure]) -> Block {
    let metric = weeks[0].metric;
    let look = findings.look(metric);
    let negative = findings.facts.rules.negative_target;
    let (mut planned, mut done) = (Some(Amount::ZERO), Amount::ZERO);
    let whole = findings.focus.map(|focus| findings.facts.plans.get(metric, Unit::Company, focus).full.value());
    let mut lines = Vec::new();
    for (number, week) in (1u32..).zip(weeks) {
        planned = planned.zip(week.target).map(|(sum, target)| sum + target);
        done += week.actual.value().unwrap_or(Amount::ZERO);
        let attainment = |actual: Option<Amount>, target: Option<Amount>| {
            crate::analysis::attainment::ratio(actual?, target?, negative)
        };
        let has_both = week.target.is_some() && week.actual.value().is_some();
        let delta = week.target.zip(week.actual.value()).map(|(target, actual)| actual - target);
        let is_behind = planned.is_some_and(|planned| done < planned) && week.is_over;
        let tone = if is_behind { Tone::Bad } else { Tone::Plain };
        let signal = week.signal().map_or("", |signal| findings.word(&format!("signal.{}", signal.key())));
        let label = findings.facts.calendar.containing(Kind::Week, week.first_day);
        lines.push(Line {
            role: LineRole::Detail,
            depth: 0,
            items: vec![
                Item::text(format!("{label} ({})", findings.lang.say("weekly.nth", &[("n", &number.to_string())]))),
                Item::Day(week.first_day),
                Item::Day(week.last_day()),
                Item::number(Some(work_days(findings, week)), Look::Amount(0)),
                Item::number(week.target, look),
                Item::tally(&week.actual, look),
                Item::number(delta, look.delta()).by(has_both.then_some(Formula::Minus(ACTUAL, PLAN))),
                Item::number(attainment(week.actual.value(), week.target), Look::Percent)
                    .by(has_both.then_some(Formula::Over(ACTUAL, PLAN))),
                Item::number(planned, look),
                Item::number(Some(done), look),
                Item::toned(attainment(Some(done), planned), Look::Percent, tone),
                Item::number(left(whole.flatten(), done, weeks_left(week.last_day(), span)), look),
                Item::text(signal),
            ],
        });
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
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
        Column::new(word("head.attainment_added_up")).showing(Meaning::AttainmentAddedUp),
        Column::new(word("head.needed_per_week")).showing(Meaning::NeededPerWeek),
        Column::new(word("head.signal")),
    ];
    let title = findings.metric_name(metric);
    let chart = Chart {
        title: findings.lang.say("chart.added_up", &[("metric", &title)]),
        kind: ChartKind::Lines,
        axis_from: None,
        categories: 0,
        values: if planned.is_some() { vec![8, 9] } else { vec![9] },
    };
    let subjects = weeks.iter().map(|week| Subject::Week { metric, first_day: week.first_day }).enumerate().collect();
    Block { chart: Some(chart), ..Block::new(title, columns, lines).about(subjects) }
}

fn work_days(findings: &Findings<'_>, week: &WeekFigure) -> Amount {
    Amount::whole(findings.facts.calendar.work_days.count(Span { first: week.first_day, last: week.last_day() }))
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
