//! Milestones: the tasks of the plan and how late they are, and when each indicator is due.

use crate::analysis::milestones::{MilestoneFigures, SLIGHTLY_LATE_DAYS, Standing};
use crate::analysis::pacing::Status;
use crate::facts::Milestone;
use crate::measure::Amount;

use super::{Block, Column, Findings, Item, Line, LineRole, Look, Page, Tone};

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    if findings.milestones.is_empty() && findings.monitoring.is_empty() {
        return None;
    }
    let mut blocks = Vec::new();
    if !findings.milestones.is_empty() {
        blocks.push(tasks(findings));
    }
    if !findings.monitoring.is_empty() {
        blocks.push(monitoring(findings));
    }
    let count = |is: fn(Standing) -> bool| findings.milestones.iter().filter(|task| is(task.standing)).count();
    let n_late = count(|standing| matches!(standing, Standing::SlightlyLate | Standing::Late));
    let n_done = count(|standing| standing == Standing::Done);
    let n_not_reported = count(|standing| standing == Standing::NotReported);
    let arguments = [
        ("all", &*findings.milestones.len().to_string()),
        ("done", &n_done.to_string()),
        ("late", &n_late.to_string()),
        ("not_reported", &n_not_reported.to_string()),
        ("indicators", &findings.monitoring.len().to_string()),
    ];
    let message = match (findings.milestones.is_empty(), n_not_reported) {
        (true, _) => findings.lang.say("message.monitoring", &arguments),
        (false, 0) => findings.lang.say("message.milestones", &arguments),
        (false, _) => findings.lang.say("message.milestones_not_reported", &arguments),
    };
    let as_of = findings.facts.scope.as_of.to_string();
    Some(Page {
        key: "milestones",
        number: 13,
        message,
        titles: vec![
            findings.company_name(),
            findings.lang.say("title.as_of", &[("as_of", &as_of)]),
            findings.lang.say("legend.milestones", &[("days", &SLIGHTLY_LATE_DAYS.to_string())]),
        ],
        blocks,
        worst: findings
            .milestones
            .iter()
            .map(MilestoneFigures::status)
            .filter(|status| *status != Status::NoData)
            .min(),
        frozen_columns: 2,
    })
}

fn text(text: Option<&String>) -> Item {
    Item::text(text.map_or("", String::as_str))
}

fn day(day: Option<chrono::NaiveDate>) -> Item {
    Item::text(day.map_or(String::new(), |day| day.to_string()))
}

fn count(n: usize) -> Item {
    Item::number(i64::try_from(n).ok().map(Amount::whole), Look::Amount(0))
}

fn detail(items: Vec<Item>) -> Line {
    Line { role: LineRole::Detail, depth: 0, items }
}

fn tasks(findings: &Findings<'_>) -> Block {
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.phase")),
        Column::new(word("head.task")).wrapping(),
        Column::new(word("head.owner")),
        Column::new(word("head.planned_start")),
        Column::new(word("head.due")),
        Column::new(word("head.due_text")),
        Column::new(word("head.done_on")),
        Column::new(word("head.stated_status")),
        Column::new(word("head.days_late")),
        Column::new(word("head.status")),
    ];
    let lines = findings.milestones.iter().map(|figures| {
        let task = &findings.facts.milestones[figures.milestone];
        detail(task_items(findings, task, figures))
    });
    Block::new(word("block.tasks"), columns, lines.collect())
}

fn task_items(findings: &Findings<'_>, task: &Milestone, figures: &MilestoneFigures) -> Vec<Item> {
    let is_late = matches!(figures.status(), Status::AtRisk | Status::Behind);
    let tone = if is_late { Tone::Bad } else { Tone::Plain };
    let standing = findings.word(&format!("standing.{}", figures.standing.key())).to_string();
    vec![
        text(task.phase.as_ref()),
        Item::text(task.task.as_deref().unwrap_or(findings.word("word.unassigned"))),
        text(task.owner.as_ref()),
        day(task.start),
        day(task.due),
        text(task.due_text.as_ref()),
        day(figures.done_on),
        Item::text(task.stated.map_or("", |stated| findings.word(&format!("task.{}", stated.key())))),
        Item::toned(figures.days_late.map(Amount::whole), Look::Delta(0), tone),
        Item::Status { status: figures.status(), word: standing },
    ]
}

fn monitoring(findings: &Findings<'_>) -> Block {
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.indicator")),
        Column::new(word("head.cadence")).wrapping(),
        Column::new(word("head.owner")),
        Column::new(word("head.last_due")),
        Column::new(word("head.next_due")),
        Column::new(word("head.cadence_text")),
        Column::new(word("head.next_work_day")),
        Column::new(word("head.times_due")),
        Column::new(word("head.times_past")),
        Column::new(word("head.months_without_figures")),
    ];
    let lines = findings.monitoring.iter().map(|dates| {
        let monitored = &findings.facts.monitored[dates.monitored];
        let past = || dates.due.iter().filter(|due| due.is_past);
        let without = past().filter(|due| due.has_figures == Some(false)).count();
        let times = |n: usize| if monitored.cadence.is_some() { count(n) } else { Item::Blank };
        detail(vec![
            Item::text(monitored.indicator.as_deref().unwrap_or(findings.word("word.unassigned"))),
            Item::text(monitored.cadence.map_or(String::new(), |cadence| cadence.words(findings.lang))),
            text(monitored.owner.as_ref()),
            day(past().next_back().map(|due| due.on.day)),
            day(dates.next.map(|next| next.day)),
            text(monitored.written.as_ref()),
            day(dates.next.map(|next| next.work_day)),
            times(dates.due.len()),
            times(past().count()),
            if monitored.metric.is_some() { times(without) } else { Item::Blank },
        ])
    });
    Block::new(word("block.monitoring"), columns, lines.collect())
}
